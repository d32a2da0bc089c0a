import Basics
import Model
import Providers
import Storage
import Synchronization

/// Writes down every try of an embedding: a row, and what it adds to the day's usage.
final class EmbeddingJournal: Sendable {
  private let embedder: Embedder
  let id: Identifier<Run>
  private let agent: Identifier<Agent>
  private let lastNumber = Mutex(0)

  init(embedder: Embedder, id: Identifier<Run>, agent: Identifier<Agent>) {
    self.embedder = embedder
    self.id = id
    self.agent = agent
  }

  /// One request's hold on budgets: requests of one embedding count beside each other.
  func payer() -> Payer { Payer(run: embedder.store.newIdentifier(), agent: agent) }

  /// What some tokens cost where they were counted; nil when nobody knows.
  func cost(of usage: Usage, of call: EmbeddingCall, _ pass: CallPass, server: String) -> Cost? {
    embedder.prices.cost(of: usage, provider: pass.provider, model: call.model, server: server)
  }

  /// What it may cost is held back from others until `settle`.
  ///
  /// - Returns: a budget that has nothing left; nil when the try may begin.
  func reserve(_ cost: Cost, for payer: Payer, key: String?) async throws -> BudgetStanding? {
    try await embedder.ledger.reserve(cost, for: payer, key: key, on: embedder.client.gate.now().day)
  }

  /// A try begins now.
  func begin(_ call: EmbeddingCall, _ pass: CallPass) -> Attempt {
    let number = lastNumber.withLock { number in
      number += 1
      return number
    }
    let attempt = Attempt(
      run: id, number: number, agent: agent, agentVersion: 0, provider: pass.provider, model: call.model,
      keyIndex: pass.keyPosition, key: pass.fingerprint, startedAt: embedder.client.gate.now())
    let writer = writer
    embedder.store.post { store in
      try writer.write([attempt], in: store) { _ in nil }
    } failed: { _ in  // its end brings the row
    }
    return attempt
  }

  /// A try is over and is counted when this returns, after which nothing is held back for it.
  func end(_ attempt: Attempt, of payer: Payer) async {
    var attempt = attempt
    attempt.finishedAt = embedder.client.gate.now()
    let final = attempt
    let writer = writer
    embedder.ledger.settle(final.cost ?? .zero, for: payer)
    do {
      try await embedder.store.write(.relaxed) { store in
        try writer.write([final], in: store) { _ in nil }
      }
    } catch {
      embedder.log.write(.error, "A try of an embedding could not be stored", ["error": "\(error)"])
    }
    embedder.ledger.release(payer)
  }

  private var writer: AttemptWriter { AttemptWriter(gate: embedder.client.gate, log: embedder.log) }
}
