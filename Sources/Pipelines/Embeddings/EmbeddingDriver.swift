import Basics
import Model
import Providers

/// Does what `CallPolicyMachine` decides for one request of an embedding: asks, waits for keys, asks again.
struct EmbeddingDriver: Sendable {
  let call: EmbeddingCall
  let client: ProviderClient
  let journal: EmbeddingJournal

  /// - Throws: `ProviderError` when nothing more can be tried, `budget_exhausted`, what the store throws, `CancellationError`.
  func answer() async throws -> Embedded {
    var policy = CallPolicyMachine(targets: 1, limits: client.gate.limits.policy)
    var action = policy.begin()
    var seen = 0
    while true {
      try Task.checkCancellation()
      switch action {
      case .end(let error): throw error
      case .pause(let time, _): action = policy.waited(await pause(time))
      case .wait(let time, _): action = policy.waited(await wait(time, after: seen))
      case .call:
        // Read before the gate is asked, so that no change is missed.
        seen = client.gate.changes(of: call.provider)
        switch client.gate.admit(call.call) {
        case .blocked(let time, let error): action = policy.blocked(for: time, error)
        case .pass(let pass):
          switch try await ask(pass) {
          case .success(let answer): return answer
          case .failure(let error):
            action = policy.failed(
              error, hasOtherKeys: client.gate.hasOtherKeys(than: pass), jitter: Double.random(in: 0...1))
          }
        }
      }
    }
  }

  private func pause(_ time: Duration) async -> Duration {
    await ContinuousClock().measure { _ = try? await Task.sleep(for: time) }
  }

  private func wait(_ time: Duration, after seen: Int) async -> Duration {
    await ContinuousClock().measure {
      await client.gate.change(of: call.provider, after: seen, within: time)
    }
  }

  /// - Throws: `budget_exhausted`, what the store throws; the pass is given back.
  private func ask(_ pass: CallPass) async throws -> Result<Embedded, ProviderError> {
    let prepared: ProviderClient.PreparedEmbedding
    do throws(ProviderError) {
      prepared = try client.prepare(call, key: pass.secret)
    } catch {
      client.gate.leave(pass, .abandoned)
      return .failure(error)
    }
    let payer = journal.payer()
    if let refusal = try await refusal(of: payer, pass, prepared) { return .failure(refusal) }
    var attempt = journal.begin(call, pass)
    do throws(ProviderError) {
      let answer = try await client.send(prepared)
      client.gate.answered(pass)
      client.gate.leave(pass, .answered)
      let embedded = counted(answer, pass, prepared)
      attempt.status = .completed
      attempt.answeredAt = client.gate.now()
      attempt.usage = embedded.usage
      attempt.cost = embedded.cost
      await journal.end(attempt, of: payer)
      return .success(embedded)
    } catch {
      client.gate.leave(pass, .failed(error))
      attempt.status = error.kind == .cancelled ? .stopped : .failed
      attempt.httpStatus = error.status
      attempt.error = RunFailure(error)
      await journal.end(attempt, of: payer)
      return .failure(error)
    }
  }

  /// Why the request may not be made now: its key's budget is spent.
  ///
  /// - Throws: `budget_exhausted` for the agent's or the tenant's, what the store throws; the pass is given back.
  private func refusal(
    of payer: Payer, _ pass: CallPass, _ prepared: ProviderClient.PreparedEmbedding
  ) async throws -> ProviderError? {
    let expected =
      journal.cost(of: TokenEstimate.usage(of: call.texts), of: call, pass, server: prepared.server) ?? .zero
    let standing: BudgetStanding?
    do {
      standing = try await journal.reserve(expected, for: payer, key: pass.fingerprint)
    } catch {
      client.gate.leave(pass, .abandoned)
      throw error
    }
    guard let standing else { return nil }
    guard standing.budget.scope == .key else {
      client.gate.leave(pass, .abandoned)
      throw BudgetError(standing: standing)
    }
    let failure = ProviderError.keyBudgetSpent(
      standing, of: pass, model: call.model, at: client.gate.now())
    client.gate.leave(pass, .failed(failure))
    return failure
  }

  private func counted(
    _ answer: EmbeddingAnswer, _ pass: CallPass, _ prepared: ProviderClient.PreparedEmbedding
  ) -> Embedded {
    let usage = answer.usage ?? TokenEstimate.usage(of: call.texts)
    return Embedded(
      id: journal.id, vectors: answer.vectors, usage: usage,
      cost: journal.cost(of: usage, of: call, pass, server: prepared.server))
  }
}
