package import Basics
import Fetch
import Model
import Synchronization

/// Decides who may call a provider now and with which key, for all runs of the hub. Rules are in the machines; here they share one lock.
package final class ProviderGate: Sendable {
  /// What an operator decides about calls.
  package struct Limits: Equatable, Sendable {
    /// Calls under way at one provider.
    package var callsPerProvider = Int.max
    /// Calls under way with one key.
    package var callsPerKey = Int.max
    package var circuit = CircuitBreakerMachine.Limits()
    package var policy = CallPolicyMachine.Limits()

    package init() {}
  }

  /// Circuits that are remembered before idle ones are forgotten; agents can name any model.
  private static let maximumCircuits = 256

  struct State {
    var rings: [String: KeyRing] = [:]
    var callsInFlight: [String: Int] = [:]
    var circuits: [String: CircuitBreakerMachine] = [:]
    var memory = ChainMemory()
  }

  package let limits: Limits
  private let settings: ProviderSettings
  let salt: String
  let known: [String: KeyState]
  /// The wall clock.
  package let now: @Sendable () -> Timestamp
  private let log: Log
  let bells: [String: Bell]
  let state: Mutex<State>

  /// - Parameters:
  ///   - settings: hold the environment's keys.
  ///   - salt: of the key's fingerprints, secret to the database.
  ///   - known: what earlier processes learned of keys, by fingerprint.
  ///   - now: the wall clock.
  package init(
    settings: ProviderSettings, salt: String = "", known: [String: KeyState] = [:], limits: Limits = Limits(),
    now: @escaping @Sendable () -> Timestamp = { Fetcher.wallTime }, log: Log
  ) {
    self.settings = settings
    self.salt = salt
    self.known = known
    self.limits = limits
    self.now = now
    self.log = log
    bells = Dictionary(uniqueKeysWithValues: ProviderTable.rows.map { ($0.name, Bell()) })
    var initial = State()
    for row in ProviderTable.rows {
      guard let source = row.keys else { continue }
      var ring = KeyRing(provider: row.name, callsPerKey: limits.callsPerKey)
      let behindGap = settings.keysBehindGap(source.key)
      if !behindGap.isEmpty {
        log.write(
          .warning,
          "Keys are not used, because a number before theirs is missing; number them from 1 without gaps",
          ["provider": row.name, "variables": behindGap.joined(separator: " ")])
      }
      for key in settings.keys(source.key) {
        let fingerprint = KeyFingerprint.of(key, provider: row.name, salt: salt)
        let isTaken = ring.add(key, .environment, fingerprint: fingerprint, state: known[fingerprint])
        if !isTaken {
          log.write(
            .warning, "A provider's pool is full; further keys are not used",
            ["provider": row.name, "keys": "\(KeyPoolMachine.capacity)"])
          break
        }
      }
      initial.rings[row.name] = ring
    }
    state = Mutex(initial)
  }

  // MARK: Calls

  /// A call wants to be made. A pass must be given back with `leave`.
  package func admit(_ call: ProviderCall) -> Admission {
    guard let row = ProviderTable.row(named: call.provider), case .http = row.access else {
      return .pass(
        CallPass(
          provider: call.provider, secret: nil, fingerprint: nil, lease: nil, circuit: "",
          probesCircuit: false))
    }
    let (admission, actions) = state.withLock { state in admit(call, row, &state) }
    report(actions, of: row.name)
    return admission
  }

  private func admit(
    _ call: ProviderCall, _ row: ProviderTable.Row, _ state: inout State
  ) -> (Admission, [KeyPoolMachine.Action]) {
    guard state.callsInFlight[row.name, default: 0] < limits.callsPerProvider else {
      return (.blocked(nil, .busy(call, title: row.title)), [])
    }
    let circuit = Self.circuit(of: call, row)
    // Asked before a key is taken, told after: neither must be held for nothing.
    if let blocked = openCircuit(circuit, call, row, state) { return (blocked, []) }
    let (choice, actions) = takeKey(call, row, &state)
    let lease: KeyPoolMachine.Lease?
    switch choice {
    case .key(let taken): lease = taken
    case .empty: lease = nil
    case .wait(let until): return (resting(call, row, until: until, state), actions)
    }
    state.callsInFlight[row.name, default: 0] += 1
    let verdict = state.circuits[circuit]?.admit(at: Fetcher.now)
    let ring = state.rings[row.name]
    let pass = CallPass(
      provider: row.name, secret: lease.flatMap { ring?.secret(of: $0.key) },
      fingerprint: lease.flatMap { ring?.fingerprint(of: $0.key) }, lease: lease, circuit: circuit,
      probesCircuit: verdict == .probe)
    return (.pass(pass), actions)
  }

  private func takeKey(
    _ call: ProviderCall, _ row: ProviderTable.Row, _ state: inout State
  ) -> (choice: KeyPoolMachine.Choice, actions: [KeyPoolMachine.Action]) {
    guard row.keys?.serve(call, settings) == true else { return (.empty, []) }
    let now = now()
    return state.rings[row.name]?.update { $0.take(at: now) } ?? (.empty, [])
  }

  private func openCircuit(
    _ circuit: String, _ call: ProviderCall, _ row: ProviderTable.Row, _ state: State
  ) -> Admission? {
    guard let breaker = state.circuits[circuit], breaker.isOpen else { return nil }
    let now = Fetcher.now
    if let until = breaker.until, until <= now { return nil }
    let wait = breaker.until.map { Duration.nanoseconds(Int64(clamping: $0 - now)) }
    return .blocked(wait, .circuitOpen(call, title: row.title, wait: wait))
  }

  private func resting(
    _ call: ProviderCall, _ row: ProviderTable.Row, until: Timestamp?, _ state: State
  ) -> Admission {
    guard let until else { return .blocked(nil, .busy(call, title: row.title)) }
    let wait = Duration.milliseconds(max(1, until.milliseconds - now().milliseconds))
    let next = state.rings[row.name]?.shown.first { $0.state.until == until }?.state
    return .blocked(wait, .keysExhausted(call, title: row.title, wait: wait, next: next))
  }

  /// A call's answer has begun: its key and its model are well, whatever comes.
  package func answered(_ pass: CallPass) {
    settle(pass, endsCall: false) { state, _ in
      state.circuits[pass.circuit]?.answered()
      guard let lease = pass.lease else { return [] }
      return state.rings[pass.provider]?.update { $0.answered(lease) } ?? []
    }
  }

  /// A call is over.
  package func leave(_ pass: CallPass, _ outcome: CallOutcome) {
    settle(pass, endsCall: true) { state, wall in
      Self.note(outcome, pass, in: &state, limits: limits.circuit)
      guard let lease = pass.lease else { return [] }
      let keyOutcome: KeyOutcome =
        if case .failed(let error) = outcome { KeyOutcome(error) } else { .unknown }
      return state.rings[pass.provider]?.update { $0.ended(lease, keyOutcome, at: wall) } ?? []
    }
  }

  private func settle(
    _ pass: CallPass, endsCall: Bool, _ change: (inout State, Timestamp) -> [KeyPoolMachine.Action]
  ) {
    guard let bell = bells[pass.provider], !pass.circuit.isEmpty else { return }
    let wall = now()
    let actions = state.withLock { state in
      if endsCall { state.callsInFlight[pass.provider, default: 1] -= 1 }
      return change(&state, wall)
    }
    report(actions, of: pass.provider)
    bell.ring()
  }

  private static func note(
    _ outcome: CallOutcome, _ pass: CallPass, in state: inout State, limits: CircuitBreakerMachine.Limits
  ) {
    let now = Fetcher.now
    switch outcome {
    case .answered: break
    case .failed(let error) where error.isOutage:
      if state.circuits.count >= maximumCircuits {
        state.circuits = state.circuits.filter { !$0.value.isIdle(at: now) }
      }
      state.circuits[pass.circuit, default: CircuitBreakerMachine(limits: limits)]
        .failed(wasProbe: pass.probesCircuit, at: now)
    // Whoever refuses is there.
    case .failed(let error) where error.status != nil: state.circuits[pass.circuit]?.answered()
    case .failed, .abandoned: state.circuits[pass.circuit]?.ended(wasProbe: pass.probesCircuit, at: now)
    }
  }

  /// Whether the call's pool has another key than the one that was used.
  package func hasOtherKeys(than pass: CallPass) -> Bool {
    guard let lease = pass.lease else { return false }
    return state.withLock { state in
      state.rings[pass.provider]?.pool.numbers.contains { $0 != lease.key } ?? false
    }
  }

  /// How often something changed that calls of a provider may wait for.
  package func changes(of provider: String) -> Int { bell(of: provider)?.count ?? 0 }

  /// Waits for a change after `seen` ones, for a time, or until the task is cancelled.
  package func change(of provider: String, after seen: Int, within time: Duration) async {
    await (bell(of: provider) ?? Bell()).wait(after: seen, within: time)
  }

  private func bell(of provider: String) -> Bell? {
    ProviderTable.row(named: provider).flatMap { bells[$0.name] }
  }

  private static func circuit(of call: ProviderCall, _ row: ProviderTable.Row) -> String {
    "\(row.name) \(call.request.model) \(call.configuration.baseUrl ?? "")"
  }

  // MARK: Chains

  /// The place in a chain to begin with.
  package func first(of chain: String) -> Int {
    state.withLock { $0.memory.first(of: chain, at: Fetcher.now) }
  }

  /// A place of a chain answered.
  package func answered(_ target: Int, of chain: String) {
    state.withLock { $0.memory.answered(target, of: chain, at: Fetcher.now) }
  }

  // MARK: For people

  /// How a provider is doing.
  package struct Condition: Equatable, Sendable {
    package var callsInFlight = 0
    /// Models that are left alone for a while.
    package var openCircuits: [String] = []
  }

  /// How a provider is doing, by its name in `ProviderTable`.
  package func condition(of provider: String) -> Condition {
    state.withLock { state in
      let open = state.circuits.filter { $0.key.hasPrefix("\(provider) ") && $0.value.isOpen }
      let models = open.keys.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
      return Condition(
        callsInFlight: state.callsInFlight[provider, default: 0], openCircuits: Set(models).sorted())
    }
  }

  private func report(_ actions: [KeyPoolMachine.Action], of provider: String) {
    for action in actions {
      guard case .tell(let event) = action else { continue }
      switch event {
      // Not the provider's words, which may repeat the question.
      case .failed(let position, let fault, _, _, _, _):
        log.write(
          .warning, "A provider's key failed",
          ["provider": provider, "key": "\(position)", "fault": fault.rawValue])
      case .rotated(let from, let to, _):
        log.write(
          .info, "Calls go on with another key", ["provider": provider, "from": "\(from)", "to": "\(to)"])
      case .allExhausted(let total, _):
        log.write(.error, "All keys of a provider are exhausted", ["provider": provider, "keys": "\(total)"])
      }
    }
  }
}
