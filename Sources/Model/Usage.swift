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
  /// Input tokens that were not taken because the hub had the answer, or another run was just getting it; not among the others.
  package var savedInputTokens: Int
  /// Output tokens that were not taken, likewise.
  package var savedOutputTokens: Int
  /// Whether the hub counted roughly, because the provider did not tell.
  package var isEstimated: Bool

  package init(
    inputTokens: Int, outputTokens: Int, cachedTokens: Int = 0, cacheWriteTokens: Int = 0,
    reasoningTokens: Int = 0, savedInputTokens: Int = 0, savedOutputTokens: Int = 0, isEstimated: Bool = false
  ) {
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cachedTokens = cachedTokens
    self.cacheWriteTokens = cacheWriteTokens
    self.reasoningTokens = reasoningTokens
    self.savedInputTokens = savedInputTokens
    self.savedOutputTokens = savedOutputTokens
    self.isEstimated = isEstimated
  }

  /// The tokens of an answer that nobody had to be asked for: nothing is taken, and what the answer took before is saved.
  package static func saving(_ usage: Usage?) -> Usage {
    Usage(
      inputTokens: 0, outputTokens: 0, savedInputTokens: usage?.inputTokens ?? 0,
      savedOutputTokens: usage?.outputTokens ?? 0)
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
      savedInputTokens: sum(\.savedInputTokens), savedOutputTokens: sum(\.savedOutputTokens),
      isEstimated: left.isEstimated || right.isEstimated)
  }

  /// The tokens as every surface shows them; saved ones, and `estimated`, only where there are.
  package var json: JSON {
    var object: JSONObject = [
      "inputTokens": .integer(Int64(inputTokens)), "outputTokens": .integer(Int64(outputTokens)),
      "cachedTokens": .integer(Int64(cachedTokens)), "cacheWriteTokens": .integer(Int64(cacheWriteTokens)),
      "reasoningTokens": .integer(Int64(reasoningTokens)),
    ]
    if savedInputTokens > 0 || savedOutputTokens > 0 {
      object["savedInputTokens"] = .integer(Int64(savedInputTokens))
      object["savedOutputTokens"] = .integer(Int64(savedOutputTokens))
    }
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
      reasoningTokens: count("reasoningTokens"), savedInputTokens: count("savedInputTokens"),
      savedOutputTokens: count("savedOutputTokens"), isEstimated: json["estimated"]?.bool == true)
  }
}
