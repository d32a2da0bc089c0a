import Basics
import Model
import Providers
import Storage

/// Gets the answer of one flight: from what is kept, else from whom the chain names; and keeps it.
///
/// It works in a task of its own, so that it goes on for those who joined when the run that began it is stopped. Tries are written into that
/// run's journal, whoever is left.
struct FlightDriver: Sendable {
  let flight: Flight
  let plan: SavingPlan
  let chain: CallChain
  /// Of the chain's first call.
  let digest: String
  let agent: Identifier<Agent>
  let journal: AttemptJournal
  let client: ProviderClient
  let store: Store
  /// Bytes of all answers that are kept.
  let limit: Int64
  /// Whether what is kept was not forgotten meanwhile.
  let isCurrent: @Sendable () -> Bool
  let log: Log

  /// Returns when all is over, and what is kept is found by others.
  func fly() async {
    if plan.looksUp, let (answer, saved) = await kept() {
      flight.depart(from: .cache)
      flight.add(saved.events, author: (answer.provider, answer.model))
      flight.land(.complete, usage: answer.usage, cost: answer.cost)
      return
    }
    journal.hold()
    await ask()
    journal.flush()
    journal.release()
    // Whoever does not find the flight any more must find its answer: this job is done after the one that keeps it.
    if plan.joins, plan.lifetime != nil { try? await store.write(.relaxed) { _ in } }
  }

  /// The answer that is kept and still good. What cannot be read is as good as none: the provider's will take its place.
  private func kept() async -> (CachedAnswer, SavedAnswer)? {
    let (digest, now, lifetime) = (digest, client.gate.now(), plan.lifetime ?? 0)
    let oldest = Timestamp(milliseconds: now.milliseconds - lifetime)
    do {
      let found = try await store.read { try $0.cachedAnswers.find(digest, after: oldest, now: now) }
      guard let found, let saved = SavedAnswer(bytes: found.events) else { return nil }
      return (found.answer, saved)
    } catch {
      log.write(.warning, "An answer that is kept could not be read", ["error": "\(error)"])
      return nil
    }
  }

  private func ask() async {
    flight.depart(from: .provider)
    let call = CallDriver(chain, client: client, journal: journal, log: log)
    do {
      while case .events(let events) = try await step(of: call) {
        flight.add(events, author: call.takeAuthor())
        guard flight.isFull else { continue }
        call.finish()
        break
      }
    } catch {
      call.cancel()
      return flight.land(.failed(error))
    }
    let attempt = journal.attempts.last
    if let target = call.answeredTarget, let attempt { keep(attempt, of: target) }
    flight.land(.complete, usage: attempt?.usage, cost: attempt?.cost)
  }

  private func step(of call: CallDriver) async throws -> ProviderStream.Step {
    while true {
      try Task.checkCancellation()
      let step = try await call.next(until: nil)
      if step != .deadline { return step }
    }
  }

  /// Lets a whole answer be kept under the request that it answers, which a fallback's is not that of the agent's own provider.
  private func keep(_ attempt: Attempt, of target: Int) {
    guard let lifetime = plan.lifetime, let answer = SavedAnswer(flight.events) else { return }
    guard let digest = target == 0 ? digest : try? client.digest(of: chain.calls[target]) else { return }
    let now = client.gate.now()
    let kept = CachedAnswer(
      digest: digest, provider: attempt.provider, model: attempt.model, usage: attempt.usage,
      cost: attempt.cost,
      createdAt: now, expiresAt: Timestamp(milliseconds: now.milliseconds + lifetime))
    let (agent, limit, isCurrent, log) = (agent, limit, isCurrent, log)
    let bytes = answer.bytes
    store.post { store in
      guard isCurrent() else { return }
      try store.cachedAnswers.put(kept, events: bytes, for: agent, limit: limit)
    } failed: { error in
      log.write(.warning, "An answer could not be kept", ["error": "\(error)"])
    }
  }
}
