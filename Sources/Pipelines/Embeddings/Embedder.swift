package import Basics
package import Model
package import Providers
import Storage

/// Turns texts into vectors through the gate: keys take turns, tries follow the rules of all calls, and what they take is counted.
///
/// There are no fallbacks: vectors of two models do not compare.
package struct Embedder: Sendable {
  /// Requests of one call under way at once; those of providers that take one text each would last for ever otherwise.
  private static let requestsAtOnce = 4

  let store: Store
  let client: ProviderClient
  let prices: PriceTable
  let ledger: BudgetLedger
  let log: Log

  /// Turns texts into vectors, in as many requests as the provider needs for them.
  ///
  /// Every try is a row of `attempts` under an id of this call, and counts for usage, cost and budgets; no events tell of it.
  ///
  /// - Parameter agent: whose usage and budget it is; nil when no agent asked.
  /// - Throws: `ProviderError`, `budget_exhausted`, what the store throws, `CancellationError`; no vector is given then, and what was taken
  ///   until then is counted.
  package func embed(
    _ call: EmbeddingCall, for agent: Identifier<Agent>? = nil
  ) async throws -> Embedded {
    let parts = try call.parts()
    let id: Identifier<Run> = store.newIdentifier()
    let journal = EmbeddingJournal(embedder: self, id: id, agent: agent ?? Identifier(""))
    let answers = try await withThrowingTaskGroup(of: (Int, Embedded).self) { group in
      var answers = [Embedded?](repeating: nil, count: parts.count)
      var waiting = parts.enumerated().makeIterator()
      func start() {
        guard let (index, part) = waiting.next() else { return }
        group.addTask {
          (index, try await EmbeddingDriver(call: part, client: client, journal: journal).answer())
        }
      }
      for _ in 0..<Self.requestsAtOnce { start() }
      while let (index, answer) = try await group.next() {
        answers[index] = answer
        start()
      }
      return answers.compactMap(\.self)
    }
    return try Embedded(id: id, joining: answers, of: call)
  }
}

/// The vectors of an `EmbeddingCall`, and what they took.
package struct Embedded: Equatable, Sendable {
  /// Under which its tries are in `attempts`.
  package let id: Identifier<Run>
  /// One for each text, in the order of the texts; all of the same length.
  package var vectors: [[Float]]
  /// Rough, and marked so, where the provider does not count.
  package var usage: Usage
  /// What the answers cost; nil when nobody knows.
  package var cost: Cost?

  package init(id: Identifier<Run>, vectors: [[Float]], usage: Usage, cost: Cost?) {
    self.id = id
    self.vectors = vectors
    self.usage = usage
    self.cost = cost
  }

  /// - Throws: `provider_malformed` when a later answer has vectors of another length.
  fileprivate init(
    id: Identifier<Run>, joining answers: [Embedded], of call: EmbeddingCall
  ) throws(ProviderError) {
    let none = Embedded(id: id, vectors: [], usage: Usage(inputTokens: 0, outputTokens: 0), cost: .zero)
    self = answers.reduce(into: none) { sum, answer in
      sum.vectors += answer.vectors
      sum.usage = sum.usage + answer.usage
      sum.cost = sum.cost.flatMap { cost in answer.cost.map { cost + $0 } }
    }
    let length = vectors.first?.count
    guard vectors.allSatisfy({ $0.count == length }) else {
      throw ProviderError(
        .malformed, "The embeddings of \(call.model) have different lengths.", hint: "Ask again.",
        provider: call.provider, model: call.model)
    }
  }
}
