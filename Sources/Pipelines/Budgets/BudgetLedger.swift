import Basics
import Model
import Providers
import Storage
import Synchronization

/// Lets calls begin as long as the budgets of their agent, their tenant and their key have something left.
///
/// What is spent is what the store says. What calls under way may still take is kept here, from before a call begins until the end of its
/// run is stored, so that of two calls at a budget's edge the second one sees the first.
final class BudgetLedger: Sendable {
  fileprivate struct Reservation {
    let payer: Payer
    let key: String?
    var cost: Cost
  }

  private struct State {
    /// Whether there may be budgets; most hubs have none, and ask the store once.
    var mayLimit = true
    var changes = 0
    /// In the order in which calls asked.
    var reservations: [Reservation] = []
  }

  private let store: Store
  private let state = Mutex(State())

  init(store: Store) { self.store = store }

  /// Budgets were set or taken away.
  func changed() {
    state.withLock { state in
      state.mayLimit = true
      state.changes += 1
    }
  }

  /// A run wants to make a call. What it may cost is reserved until `release`.
  ///
  /// - Parameter cost: what the call is expected to cost; zero when nobody knows.
  /// - Returns: a budget that has nothing left; nil when the call may begin.
  /// - Throws: what the store throws.
  func reserve(_ cost: Cost, for payer: Payer, key: String?, on day: Day) async throws -> BudgetStanding? {
    let (others, mayLimit, changes) = state.withLock { state in
      let others = state.reservations.filter { $0.payer != payer }
      if state.mayLimit {
        state.reservations.append(Reservation(payer: payer, key: key, cost: cost))
      }
      return (others, state.mayLimit, state.changes)
    }
    guard mayLimit else { return nil }
    do {
      let standings = try await store.read { store in
        try store.budgets.exist() ? try store.budgets.standings(of: payer.agent, key: key, on: day) : nil
      }
      if standings == nil { noteNone(since: changes) }
      let reached = standings?.first { standing in
        let reserved = others.reduce(Cost.zero) { $1.counts(for: standing.budget) ? $0 + $1.cost : $0 }
        return standing.spent + reserved >= standing.budget.limit
      }
      if reached != nil { takeBack(payer) }
      return reached
    } catch {
      takeBack(payer)
      throw error
    }
  }

  /// A call of a run has ended, with what it cost; zero when nothing, or when nobody knows.
  func settle(_ cost: Cost, for payer: Payer) {
    state.withLock { state in
      guard let last = state.reservations.lastIndex(where: { $0.payer == payer }) else { return }
      state.reservations[last].cost = cost
    }
  }

  /// A run's end is stored, or never will be: its calls are in the sums.
  func release(_ payer: Payer) {
    state.withLock { $0.reservations.removeAll { $0.payer == payer } }
  }

  private func takeBack(_ payer: Payer) {
    state.withLock { state in
      guard let last = state.reservations.lastIndex(where: { $0.payer == payer }) else { return }
      state.reservations.remove(at: last)
    }
  }

  /// The store held no budget; unless one has come since, nobody needs to ask again.
  private func noteNone(since changes: Int) {
    state.withLock { state in
      guard state.changes == changes else { return }
      state.mayLimit = false
      state.reservations = []
    }
  }
}

extension BudgetLedger.Reservation {
  fileprivate func counts(for budget: Budget) -> Bool {
    switch budget.scope {
    case .agent: payer.agent.text == budget.subject
    case .key: key == budget.subject
    case .tenant: true
    }
  }
}
