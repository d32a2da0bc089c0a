import Basics
import Model
import Providers

extension CallDriver {
  /// Tokens of an answer whose length the agent does not limit, as budgets expect them.
  private static let expectedAnswer = 1024

  /// What happens instead of a call whose budget has nothing left; nil when it may begin.
  ///
  /// A key's budget leaves the call to other keys, and the key rests until it begins anew. An agent's or a tenant's ends the run.
  ///
  /// - Throws: `budget_exhausted`, what the store throws; the pass is given back.
  func refusal(
    _ call: ProviderCall, _ pass: CallPass, server: String?
  ) async throws -> CallPolicyMachine.Action? {
    let standing: BudgetStanding?
    do {
      standing = try await journal.reserve(
        expectedCost(of: call, pass, server: server), key: pass.fingerprint)
    } catch {
      client.gate.leave(pass, .abandoned)
      throw error
    }
    guard let standing else { return nil }
    let error = BudgetError(standing: standing)
    guard standing.budget.scope == .key else {
      client.gate.leave(pass, .abandoned)
      throw error
    }
    let failure = ProviderError.keyBudgetSpent(
      standing, of: pass, model: call.request.model, at: client.gate.now())
    client.gate.leave(pass, .failed(failure))
    return decide(failure, pass)
  }

  /// The question as it is counted roughly, and an answer as long as it may be.
  private func expectedCost(of call: ProviderCall, _ pass: CallPass, server: String?) -> Cost {
    var usage =
      TokenEstimate(of: call.request).usage(ofVisibleAnswer: true) ?? Usage(inputTokens: 0, outputTokens: 0)
    usage.outputTokens = call.request.maxTokens ?? Self.expectedAnswer
    return journal.cost(of: usage, provider: pass.provider, model: call.request.model, server: server)
      ?? .zero
  }
}
