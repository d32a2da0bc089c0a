import Statistics
import Testing

struct DistributionTests {
  @Test(arguments: [
    (1e-10, -6.361340902404056), (0.001, -3.090232306167813), (0.02, -2.053748910631823),
    (0.025, -1.9599639845400545), (0.3, -0.5244005127080409), (0.5, 0.0), (0.9, 1.2815515655446004),
    (0.99999, 4.264890793923841),
  ])
  func `the normal quantile is SciPy's`(share: Double, expected: Double) {
    #expect(agree(NormalDistribution.quantile(share), expected, within: 1e-10))
    #expect(agree(NormalDistribution.cumulative(expected), share, within: 1e-9))
  }

  @Test func `the ends of the normal distribution are infinite`() {
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
  }

  @Test(arguments: [
    (-3.0, 0.9986501019683699), (0, 0.5), (1.5, 0.06680720126885807), (8, 6.22096057427174e-16),
    (30, 4.906713927147908e-198),
  ])
  func `far tails do not vanish`(z: Double, expected: Double) {
    #expect(agree(NormalDistribution.upperTail(z), expected, within: 1e-12))
  }

  @Test(arguments: [
    (0.5, 3.0, 0.651447964848151), (2, 10, 0.07338803477074037), (5, 100, 2.450173413503802e-06),
    (12, 2.5, 0.0028362150300783244), (0, 4, 1), (40, 30, 1.3726045194406417e-27),
  ])
  func `Student's tails are SciPy's`(t: Double, freedom: Double, expected: Double) {
    #expect(agree(StudentDistribution.twoTailed(t, freedom: freedom), expected, within: 1e-9))
    #expect(agree(StudentDistribution.twoTailed(-t, freedom: freedom), expected, within: 1e-9))
  }

  @Test(arguments: [
    (Samples.small, 0.9873254990037496, 0.9871899633959821),
    (Samples.three, 0.9642857142857142, 0.6368868450289689),
    (Samples.five, 0.8591295895592282, 0.2251400937718146),
    (Samples.eleven, 0.43474647399517785, 2.519193170653152e-07),
    (Samples.far, 0.8335049310887866, 0.11506693463062911),
    (Samples.normal, 0.9897302686375198, 0.9396796838457337),
    (Samples.skewed, 0.8391192157461091, 1.476218875205114e-06),
  ])
  func `Shapiro and Wilk's test is SciPy's`(values: [Double], statistic: Double, p: Double) throws {
    let test = try #require(ShapiroWilk(sorted: values.sorted()))
    #expect(agree(test.statistic, statistic, within: 1e-6))
    #expect(agree(test.pValue, p, within: 1e-4))
  }

  @Test func `Shapiro and Wilk's test knows its range`() {
    #expect(ShapiroWilk(sorted: [1, 2]) == nil)
    #expect(ShapiroWilk(sorted: [3, 3, 3, 3]) == nil)
    #expect(ShapiroWilk(sorted: (0..<5001).map { Double($0) }) == nil)
    #expect((ShapiroWilk(sorted: (0..<5000).map { Double($0) })?.pValue ?? 1) < 1e-10)
  }

  @Test func `samples are compared as SciPy does`() throws {
    let skewed = Array(Samples.skewed.prefix(50))
    let welch = try #require(TTest(Samples.normal, skewed))
    #expect(agree(welch.statistic, 13.024001530581234))
    #expect(agree(welch.freedom, 80.04552723545434))
    #expect(agree(welch.pValue, 1.8111840155421575e-21, within: 1e-7))
    let student = try #require(TTest(Samples.normal, skewed, assumesEqualVariances: true))
    #expect(agree(student.pValue, 4.198208416571414e-23, within: 1e-7))
    let one = try #require(TTest(Samples.normal, mean: 10.5))
    #expect(agree(one.statistic, -4.291977195622827))
    #expect(agree(one.pValue, 8.324107873766779e-05))
    #expect(TTest([1], [2, 3]) == nil)
    #expect(TTest([1, 1], [2, 2]) == nil)
    #expect(TTest([4, 4, 4], mean: 4) == nil)
  }
}
