import Statistics
import TestKit
import Testing

struct QuantilesTests {
  static let shares = [0.01, 0.25, 0.5, 0.75, 0.9, 0.99]

  @Test(arguments: [
    (Samples.small, [-2.79, 1.25, 4.5, 5.75, 8.700000000000001, 10.994999999999997]),
    (Samples.three, [1.02, 1.5, 2.0, 3.0, 3.6, 3.96]),
    (Samples.eleven, [11.09, 12.05, 12.3, 12.6, 13.0, 28.300000000000004]),
    (Samples.normal, [5.569739, 8.259675, 9.57795, 10.235675, 11.7238, 13.372031999999997]),
  ])
  func `quantiles are linear, as NumPy's`(values: [Double], expected: [Double]) {
    let quantiles = Quantiles(values)
    for (share, value) in zip(Self.shares, expected) { #expect(agree(quantiles.at(share), value)) }
    #expect(agree(quantiles.median, expected[2]))
  }

  @Test func `the ends are the smallest and the largest`() {
    let quantiles = Quantiles([3, 1, 2])
    #expect(quantiles.at(0) == 1)
    #expect(quantiles.at(1) == 3)
    #expect(quantiles.at(-1) == 1)
    #expect(quantiles.at(2) == 3)
    #expect(Quantiles([7]).at(0.3) == 7)
    #expect(Quantiles([]).at(0.5) == nil)
  }

  @Test func `numbers are counted around a bound`() {
    let quantiles = Quantiles([1, 2, 2, 3, 5])
    #expect(quantiles.count(below: 2) == 1)
    #expect(quantiles.count(above: 2) == 2)
    #expect(quantiles.count(below: 9) == 5)
    #expect(quantiles.count(above: 9) == 0)
    #expect(quantiles.distinctCount == 4)
    #expect(Quantiles([]).distinctCount == 0)
  }

  @Test func `a median is found without sorting`() {
    var dice = SeededGenerator(seed: 5)
    for count in 1...200 {
      let spread = Double.random(in: 1...50, using: &dice)
      let values = (0..<count).map { _ in Double.random(in: -spread...spread, using: &dice).rounded() }
      #expect(Selection.median(of: values) == Quantiles(values).median)
      #expect(Selection.median(of: values.sorted()) == Quantiles(values).median)
    }
    #expect(Selection.median(of: [Double](repeating: 3, count: 100_000)) == 3)
    #expect(Selection.median(of: []) == nil)
  }

  @Test func `fences find what Tukey would`() throws {
    let fences = try #require(Fences(Quantiles(Samples.eleven)))
    #expect(agree(fences.lower, 12.05 - 1.5 * 0.55, within: 1e-12))
    #expect(agree(fences.upper, 12.6 + 1.5 * 0.55, within: 1e-12))
    #expect(fences.outliers(in: Quantiles(Samples.eleven)) == 2)
    #expect(Fences(Quantiles([])) == nil)
  }

  @Test func `distances are counted in standard deviations`() {
    #expect(ZScore.outliers(in: Samples.eleven) == [8])
    #expect(ZScore.outliers(in: Samples.eleven, beyond: 3) == [8])
    #expect(ZScore.outliers(in: Samples.eleven, beyond: 3.1, isSample: true) == [])
    #expect(ZScore.outliers(in: [4, 4, 4]) == [])
  }
}
