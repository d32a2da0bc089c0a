package import Basics

/// The keys of one provider as a value: which one may be used now, and what each answer says about the key it came by.
///
/// A failed key rests; rests grow and never shorten. After its rest one call, the probe, tries the key again: its answer heals the key, its
/// failure lets it rest longer. Keys are known by numbers here: no secret ever comes in.
package struct KeyPoolMachine: Sendable {
  /// Keys that one provider may have.
  package static let capacity = 20

  /// Names a key of this pool; never used twice.
  package typealias Number = Int

  /// The right to make one call with a key.
  package struct Lease: Equatable, Sendable {
    package let key: Number
    /// Where the key stands in the list, from 0.
    package let position: Int
    /// Whether the call finds out if the key is well again.
    package let isProbe: Bool
    let order: Int
  }

  /// Which key a call may use.
  package enum Choice: Equatable, Sendable {
    case key(Lease)
    /// None now. The next one is free at a time, or sooner when a call ends; nil when only the end of a call can free one.
    case wait(until: Timestamp?)
    /// There are no keys.
    case empty
  }

  /// What follows from a fact.
  package enum Action: Equatable, Sendable {
    /// The key's state is another one than before.
    case changed(Number)
    /// Those who wait may look again.
    case wake
    case tell(KeyPoolEvent)
  }

  private struct Slot {
    let number: Number
    var state = KeyState()
    var inFlight = 0
    /// The order of the lease that tries the key again.
    var probe: Int?
    /// Leases up to this order were given before the last failure: theirs are the same failure, not further ones.
    var failedOrder = 0

    func isDue(_ now: Timestamp) -> Bool { probe == nil && state.until.map { $0 <= now } == true }
  }

  /// Calls that one key may serve at a time.
  package let callsPerKey: Int
  private var slots: [Slot] = []
  private var lastNumber = 0
  private var lastOrder = 0
  /// The position of the key that was used last; -1 before the first.
  private var cursor = -1
  /// The position that failed last, until another key was chosen in its place.
  private var rotatesFrom: Int?
  private var event: KeyPoolEvent?

  package init(callsPerKey: Int = .max) { self.callsPerKey = callsPerKey }

  /// The position of the key that was used last, 0 before the first.
  package var current: Int { max(0, cursor) }
  /// How many keys there are.
  package var count: Int { slots.count }
  /// The keys in their order.
  package var numbers: [Number] { slots.map(\.number) }

  /// How a key is; nil when there is none of the number.
  package func state(of key: Number) -> KeyState? { slots.first { $0.number == key }?.state }

  /// Calls that use a key now.
  package func callsInFlight(with key: Number) -> Int { slots.first { $0.number == key }?.inFlight ?? 0 }

  /// Whether a call is finding out if the key is well again.
  package func isProbed(_ key: Number) -> Bool { slots.first { $0.number == key }?.probe != nil }

  /// Hands out the latest event, once.
  package mutating func takeEvent() -> KeyPoolEvent? { event.take() }

  // MARK: Keys come and go

  /// A key joins at the end, with what was known of it.
  ///
  /// - Returns: its number; nil when the pool is full.
  package mutating func add(_ state: KeyState = KeyState()) -> Number? {
    guard slots.count < Self.capacity else { return nil }
    lastNumber += 1
    slots.append(Slot(number: lastNumber, state: state))
    return lastNumber
  }

  /// A key leaves; calls that use it go on.
  package mutating func remove(_ key: Number) -> [Action] {
    guard let position = position(of: key) else { return [] }
    slots.remove(at: position)
    if cursor >= position { cursor -= 1 }
    rotatesFrom = nil
    return [.wake]
  }

  /// A key counts as healthy again, whatever was known; nil stands for all.
  package mutating func reset(_ key: Number? = nil) -> [Action] {
    var actions: [Action] = []
    for position in slots.indices where key == nil || slots[position].number == key {
      heal(position)
      actions.append(.changed(slots[position].number))
    }
    return actions.isEmpty ? [] : actions + [.wake]
  }

  // MARK: Calls begin

  /// A call wants a key.
  package mutating func take(at now: Timestamp) -> (choice: Choice, actions: [Action]) {
    guard !slots.isEmpty else { return (.empty, []) }
    guard let position = best(at: now) else { return (.wait(until: nextFree), []) }
    lastOrder += 1
    let isProbe = slots[position].state.condition != .healthy
    slots[position].inFlight += 1
    slots[position].state.lastUsed = now
    if isProbe { slots[position].probe = lastOrder }
    cursor = position
    let lease = Lease(key: slots[position].number, position: position, isProbe: isProbe, order: lastOrder)
    return (.key(lease), rotation(to: position, at: now))
  }

  /// A key that is due goes first, one at a time, or it would never be tried while others are well. Among healthy ones the least busy is
  /// chosen, the next in the circle among equals.
  private func best(at now: Timestamp) -> Int? {
    let healthy = slots.indices.filter {
      slots[$0].state.condition == .healthy && slots[$0].inFlight < callsPerKey
    }
    let isProbing = slots.contains { $0.probe != nil }
    if healthy.isEmpty || !isProbing,
      let due = slots.firstIndex(where: { $0.isDue(now) && $0.inFlight < callsPerKey })
    {
      return due
    }
    func distance(_ position: Int) -> Int { (position - cursor - 1 + slots.count) % slots.count }
    return healthy.min { a, b in
      (slots[a].inFlight, distance(a)) < (slots[b].inFlight, distance(b))
    }
  }

  private var nextFree: Timestamp? {
    slots.filter { $0.probe == nil && $0.inFlight < callsPerKey }.compactMap(\.state.until).min()
  }

  private mutating func rotation(to position: Int, at now: Timestamp) -> [Action] {
    guard let from = rotatesFrom else { return [] }
    rotatesFrom = nil
    guard from != position else { return [] }
    return tell(.rotated(from: from, to: position, at: now))
  }

  // MARK: Calls end

  /// A call's answer has begun: the key is good.
  package mutating func answered(_ lease: Lease) -> [Action] {
    guard let position = position(of: lease.key) else { return [] }
    slots[position].state.uses += 1
    // An answer to a call that began before a failure proves nothing.
    guard slots[position].probe == lease.order else { return [.changed(lease.key)] }
    slots[position].probe = nil
    heal(position)
    return [.changed(lease.key), .wake]
  }

  /// A call is over. Ends of keys that left are ignored.
  package mutating func ended(_ lease: Lease, _ outcome: KeyOutcome, at now: Timestamp) -> [Action] {
    guard let position = position(of: lease.key) else { return [] }
    slots[position].inFlight -= 1
    let wasProbe = slots[position].probe == lease.order
    if wasProbe { slots[position].probe = nil }
    switch outcome {
    case .unknown: return [.wake]
    case .failed(let fault, let rest, let reason, let status):
      slots[position].state.lastFailure = reason
      slots[position].state.lastStatus = status
      fail(position, lease, fault, rest: rest, wasProbe: wasProbe, at: now)
      return [.changed(lease.key), .wake] + tellFailure(position, fault, reason, at: now)
    }
  }

  private mutating func fail(
    _ position: Int, _ lease: Lease, _ fault: KeyFault, rest: Duration?, wasProbe: Bool, at now: Timestamp
  ) {
    var state = slots[position].state
    state.errors += 1
    // Of twenty calls that are refused at once, one counts.
    if lease.order > slots[position].failedOrder {
      state.strikes += 1
      slots[position].failedOrder = lastOrder
    }
    let end = now.advanced(by: rest ?? fault.rest(strikes: state.strikes))
    state.until = max(state.until ?? end, end)
    // A probe shows how the key is now, unless the provider itself failed.
    let isNews = wasProbe && fault != .unserved
    state.condition = isNews ? fault.condition : state.condition.orWorse(fault.condition)
    slots[position].state = state
  }

  private mutating func tellFailure(
    _ position: Int, _ fault: KeyFault, _ reason: String, at now: Timestamp
  ) -> [Action] {
    rotatesFrom = position
    let state = slots[position].state
    var actions = tell(
      .failed(
        position: position, fault: fault, reason: reason, uses: state.uses, errors: state.errors, at: now))
    let isAnyWell = slots.contains { $0.state.condition == .healthy }
    if !isAnyWell { actions += tell(.allExhausted(total: slots.count, at: now)) }
    return actions
  }

  private mutating func tell(_ event: KeyPoolEvent) -> [Action] {
    self.event = event
    return [.tell(event)]
  }

  private mutating func heal(_ position: Int) {
    slots[position].state.condition = .healthy
    slots[position].state.until = nil
    slots[position].state.strikes = 0
    slots[position].state.lastFailure = nil
    slots[position].state.lastStatus = nil
  }

  private func position(of key: Number) -> Int? { slots.firstIndex { $0.number == key } }
}

extension Timestamp {
  /// A moment after some time, in whole milliseconds, rounded up.
  package func advanced(by time: Duration) -> Timestamp {
    let (seconds, attoseconds) = time.components
    let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Timestamp(milliseconds: milliseconds + seconds * 1000 + fraction)
  }
}
