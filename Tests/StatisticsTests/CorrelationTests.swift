import Statistics
import Testing

struct CorrelationTests {
  static let x = [1.0, 2, 2, 3, 5, 8, 8, 8]
  static let y = [2.0, 1, 4, 3, 7, 9, 6, 9]

  @Test func `Pearson's and Spearman's are those of SciPy`() {
    #expect(agree(Correlation.pearson(Self.x, Self.y), 0.8931605644249225))
    #expect(agree(Correlation.spearman(Self.x, Self.y), 0.8521116419926434))
    let skewed = Array(Samples.skewed.prefix(50))
    #expect(agree(Correlation.pearson(Samples.normal, skewed), 0.12188515784656873))
    #expect(agree(Correlation.spearman(Samples.normal, skewed), 0.055078031212484994))
  }

  @Test func `equal numbers share a rank`() {
    #expect(Correlation.ranks(of: [10, 30, 20, 20]) == [1, 4, 2.5, 2.5])
    #expect(Correlation.ranks(of: [5, 5, 5]) == [2, 2, 2])
    #expect(Correlation.ranks(of: []) == [])
  }

  @Test func `a constant goes with nothing`() {
    #expect(Correlation.pearson([1, 1, 1], [1, 2, 3]) == nil)
    #expect(Correlation.pearson([1], [2]) == nil)
    #expect(Correlation.pearson([1, 2, 3], [2, 4, 6]) == 1)
    #expect(Correlation.pearson([1, 2, 3], [6, 4, 2]) == -1)
  }

  @Test func `a trend is the line of least squares`() throws {
    let trend = try #require(LinearTrend(Self.x, Self.y))
    #expect(agree(trend.slope, 0.913894324853229))
    #expect(agree(trend.intercept, 0.8982387475538163))
    #expect(agree(trend.correlation, 0.8931605644249228))
    #expect(agree(trend.pValue, 0.0028097588060057277))
    #expect(agree(trend.slopeError, 0.18786692759295498))
    #expect(LinearTrend([5, 7, 9])?.value(at: 3) == 11)
    #expect(LinearTrend([5, 7, 9])?.pValue == 0)
    #expect(LinearTrend([4, 4, 4])?.slope == 0)
    #expect(LinearTrend([1, 1], [2, 3]) == nil)
    #expect(LinearTrend([1], [2]) == nil)
  }

  @Test func `evenly spread kinds have the most entropy`() {
    #expect(agree(Entropy.natural([5, 3, 2]), 1.0296530140645737))
    #expect(Entropy.natural([7]) == 0)
    #expect(Entropy.natural([0, 4, 0]) == 0)
    #expect(Entropy.natural([]) == 0)
  }
}
