package import Basics

/// Tokens that a provider counted for one answer.
package struct Usage: Equatable, Sendable {
  /// All input tokens, cached ones included.
  package var inputTokens: Int
  /// All output tokens, reasoning included.
  package var outputTokens: Int
  /// Input tokens that were read from the provider's cache.
  package var cachedTokens: Int
  /// Input tokens that were written to the provider's cache.
  package var cacheWriteTokens: Int
  package var reasoningTokens: Int
  /// Whether the hub counted roughly, because the provider did not tell.
  package var isEstimated: Bool

  package init(
    inputTokens: Int, outputTokens: Int, cachedTokens: Int = 0, cacheWriteTokens: Int = 0,
    reasoningTokens: Int = 0, isEstimated: Bool = false
  ) {
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cachedTokens = cachedTokens
    self.cacheWriteTokens = cacheWriteTokens
    self.reasoningTokens = reasoningTokens
    self.isEstimated = isEstimated
  }

  /// The tokens of two calls together, rough when one of them is.
  package static func + (left: Self, right: Self) -> Self {
    func sum(_ count: KeyPath<Usage, Int>) -> Int {
      let (sum, overflow) = left[keyPath: count].addingReportingOverflow(right[keyPath: count])
      return overflow ? .max : sum
    }
    return Usage(
      inputTokens: sum(\.inputTokens), outputTokens: sum(\.outputTokens), cachedTokens: sum(\.cachedTokens),
      cacheWriteTokens: sum(\.cacheWriteTokens), reasoningTokens: sum(\.reasoningTokens),
      isEstimated: left.isEstimated || right.isEstimated)
  }

  /// The tokens as every surface shows them; `estimated` only where they are.
  package var json: JSON {
    var object: JSONObject = [
      "inputTokens": .integer(Int64(inputTokens)), "outputTokens": .integer(Int64(outputTokens)),
      "cachedTokens": .integer(Int64(cachedTokens)), "cacheWriteTokens": .integer(Int64(cacheWriteTokens)),
      "reasoningTokens": .integer(Int64(reasoningTokens)),
    ]
    if isEstimated { object["estimated"] = true }
    return .object(object)
  }

  /// Reads what `json` wrote; missing counts are 0.
  package init?(json: JSON) {
    guard json.object != nil else { return nil }
    func count(_ name: String) -> Int { Int(clamping: json[name]?.integer ?? 0) }
    self.init(
      inputTokens: count("inputTokens"), outputTokens: count("outputTokens"),
      cachedTokens: count("cachedTokens"), cacheWriteTokens: count("cacheWriteTokens"),
      reasoningTokens: count("reasoningTokens"), isEstimated: json["estimated"]?.bool == true)
  }
}
