import Basics
import Model
import Providers
import Storage
import Synchronization

/// Saves calls for agents that want it: gives answers that are kept, and lets runs that ask the same at once share one call.
///
/// Runs of one version of one agent join each other only, so that nobody's call hangs on another's key or budget; answers that are kept
/// serve every agent of the tenant that would send the same request.
final class SavedCalls: Sendable {
  private struct State {
    /// By agent, version and digest.
    var flights: [String: Flight] = [:]
    /// Counts how often answers were forgotten.
    var generation = 0
  }

  private let store: Store
  private let client: ProviderClient
  /// Bytes of all answers together; 0 keeps none.
  let limit: Int64
  private let log: Log
  private let state = Mutex(State())

  init(store: Store, client: ProviderClient, limit: Int64, log: Log) {
    self.store = store
    self.client = client
    self.limit = limit
    self.log = log
  }

  /// Whoever answers one call of a run. Begins at once.
  func source(for chain: CallChain, _ journal: AttemptJournal) async -> any CallSource {
    let call = chain.calls[0]
    let plan = SavingPlan(call.configuration, journal.run.cache, mayKeep: limit > 0)
    // What cannot be written, or needs no provider, is the driver's to tell.
    guard !plan.isIdle, let digest = await digest(of: call) else {
      return CallDriver(chain, client: client, journal: journal, log: log)
    }
    let name = "\(chain.name) \(digest)"
    let (flight, leads) = plan.joins ? join(name) : (Flight(), true)
    if leads {
      if !plan.joins { _ = flight.join() }
      let driver = driver(of: flight, plan, chain, digest, journal)
      flight.begin { [self] in
        await driver.fly()
        end(flight, name)
      }
    }
    let (store, agent) = (store, journal.run.agent)
    return SavedCall(flight, of: call, journal: journal, leads: leads) {
      store.post {
        try $0.cachedAnswers.hit(digest, by: agent)
      } failed: { _ in
      }
    }
  }

  /// Forgets answers, those included that are on their way: whoever asks from now on gets a new one.
  func forget(_ selection: CachedAnswerSelection, digest: String? = nil) async throws -> Int {
    state.withLock { state in
      state.generation += 1
      state.flights = [:]
    }
    return try await store.write { store in
      guard let digest else { return try store.cachedAnswers.delete(selection) }
      return try store.cachedAnswers.delete(digest: digest)
    }
  }

  /// Off the caller's executor: a request may hold megabytes of pictures.
  @concurrent private func digest(of call: ProviderCall) async -> String? { try? client.digest(of: call) }

  /// The flight of a name, and whether the caller has to begin it.
  private func join(_ name: String) -> (Flight, leads: Bool) {
    state.withLock { state in
      if let flight = state.flights[name], flight.join() { return (flight, false) }
      let flight = Flight()
      _ = flight.join()
      state.flights[name] = flight
      return (flight, true)
    }
  }

  private func end(_ flight: Flight, _ name: String) {
    state.withLock { state in
      if state.flights[name] === flight { state.flights[name] = nil }
    }
  }

  private func driver(
    of flight: Flight, _ plan: SavingPlan, _ chain: CallChain, _ digest: String, _ journal: AttemptJournal
  ) -> FlightDriver {
    let generation = state.withLock { $0.generation }
    return FlightDriver(
      flight: flight, plan: plan, chain: chain, digest: digest, agent: journal.run.agent, journal: journal,
      client: client, store: store, limit: limit,
      isCurrent: { [self] in state.withLock { $0.generation == generation } }, log: log)
  }
}
