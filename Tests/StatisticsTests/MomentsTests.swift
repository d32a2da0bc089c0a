import Statistics
import Testing

struct MomentsTests {
  struct Expected: Sendable {
    let values: [Double]
    let mean, sample, population, skewness: Double
    let kurtosis: Double?
  }

  static let expected = [
    Expected(
      values: Samples.small, mean: 3.8214285714285716, sample: 4.60234153654937,
      population: 4.260940300555496,
      skewness: 0.19765003019268593, kurtosis: 0.26424830571789926),
    Expected(
      values: Samples.three, mean: 2.3333333333333335, sample: 1.5275252316519465,
      population: 1.247219128924647,
      skewness: 0.9352195295828246, kurtosis: nil),
    Expected(
      values: Samples.five, mean: 3.7, sample: 3.1937438845342623, population: 2.85657137141714,
      skewness: 1.5122242225285378, kurtosis: 2.4030420991926165),
    Expected(
      values: Samples.eleven, mean: 13.82727272727273, sample: 5.388151985438219,
      population: 5.1374013432847025,
      skewness: 3.261213835934935, kurtosis: 10.739750868449008),
    Expected(
      values: Samples.far, mean: 1_000_000_010.5, sample: 11.861703081766969, population: 10.828203913853857,
      skewness: 1.499692957860436, kurtosis: 1.8749535902576664),
    Expected(
      values: Samples.normal, mean: 9.414694, sample: 1.7880505820140593, population: 1.7700797683053722,
      skewness: 0.031061833100803845, kurtosis: 0.3360434217120531),
    Expected(
      values: Samples.skewed, mean: 3.127333333333333, sample: 2.8881333216483998,
      population: 2.863964417066354,
      skewness: 1.9223620186205246, kurtosis: 5.854885017027111),
  ]

  @Test(arguments: expected)
  func `moments are those of pandas`(expected: Expected) {
    let moments = Moments(expected.values)
    #expect(agree(moments.mean, expected.mean))
    #expect(agree(moments.sampleDeviation, expected.sample))
    #expect(agree(moments.populationDeviation, expected.population))
    #expect(agree(moments.skewness, expected.skewness))
    #expect(agree(moments.excessKurtosis, expected.kurtosis))
  }

  @Test func `what too few numbers cannot say is nothing`() {
    #expect(Moments([]).populationDeviation == nil)
    #expect(Moments([1]).sampleDeviation == nil)
    #expect(Moments([1, 2]).skewness == nil)
    #expect(Moments([1, 2, 3]).excessKurtosis == nil)
  }

  @Test(arguments: [[5.0, 5, 5, 5, 5], [0.1, 0.1, 0.1, 0.1]])
  func `equal numbers have no skew`(values: [Double]) {
    #expect(Moments(values).skewness == 0)
    #expect(Moments(values).excessKurtosis == 0)
  }
}
