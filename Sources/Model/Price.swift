/// What a provider takes for the tokens of a model, in micro-dollars per million tokens: 0.15 dollars are 150,000.
package struct Price: Equatable, Sendable {
  /// The highest price that is believed, 1,000 dollars per million tokens, so that no cost of a call leaves 64 bits.
  package static let highest: Int64 = 1_000_000_000
  /// The most tokens of a kind that one call is believed to take: a hundred times what any model can.
  package static let mostTokens = 1_000_000_000

  package var input: Int64
  package var output: Int64
  /// Input that was read from the provider's cache.
  package var cachedRead: Int64
  /// Input that was written to the provider's cache.
  package var cacheWrite: Int64
  /// Output that the model thought.
  package var reasoning: Int64

  /// A price; what is not given costs what the rest of its side does.
  package init(
    input: Int64, output: Int64, cachedRead: Int64? = nil, cacheWrite: Int64? = nil, reasoning: Int64? = nil
  ) {
    self.input = input
    self.output = output
    self.cachedRead = cachedRead ?? input
    self.cacheWrite = cacheWrite ?? input
    self.reasoning = reasoning ?? output
  }

  /// What tokens cost; nil for counts that no call can have.
  package func cost(of usage: Usage) -> Cost? {
    let counts = [
      usage.inputTokens, usage.outputTokens, usage.cachedTokens, usage.cacheWriteTokens,
      usage.reasoningTokens,
    ]
    guard counts.allSatisfy({ (0...Self.mostTokens).contains($0) }) else { return nil }
    // Cached and reasoning tokens are parts of the others; a server that tells more of them than there are is believed as far as that.
    let cached = min(usage.cachedTokens, usage.inputTokens)
    let written = min(usage.cacheWriteTokens, usage.inputTokens - cached)
    let thought = min(usage.reasoningTokens, usage.outputTokens)
    return Cost(
      picodollars: Int64(usage.inputTokens - cached - written) * input + Int64(cached) * cachedRead
        + Int64(written) * cacheWrite + Int64(usage.outputTokens - thought) * output
        + Int64(thought) * reasoning)
  }
}
