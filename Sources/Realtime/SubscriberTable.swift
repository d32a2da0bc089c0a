/// The subscribers of one loop, found by their ids.
struct SubscriberTable {
  private var slots: [Subscriber?] = []
  private var free: [Int32] = []
  private var counter: UInt32 = 0

  /// How many there are.
  var count: Int { slots.count - free.count }

  /// Adds one, made with the id that it gets.
  mutating func insert(_ make: (SubscriberID) -> Subscriber) -> Subscriber {
    counter &+= 1
    let slot = free.popLast() ?? Int32(truncatingIfNeeded: slots.count)
    let subscriber = make(SubscriberID(slot: slot, generation: counter))
    if Int(slot) == slots.count { slots.append(subscriber) } else { slots[Int(slot)] = subscriber }
    return subscriber
  }

  /// Forgets one; false when it is not there.
  mutating func remove(_ id: SubscriberID) -> Bool {
    guard self[id] != nil else { return false }
    slots[Int(id.slot)] = nil
    free.append(id.slot)
    return true
  }

  /// The one with an id, if it is still there.
  subscript(id: SubscriberID) -> Subscriber? {
    guard let subscriber = slots[Int(id.slot)], subscriber.id == id else { return nil }
    return subscriber
  }

  /// All of them; who comes or goes meanwhile changes nothing.
  var all: [Subscriber] { slots.compactMap(\.self) }
}

/// Names a subscriber of one shard, for answers that come later.
package struct SubscriberID: Hashable, Sendable {
  /// Its place in the table; used again.
  let slot: Int32
  /// Never used again with that slot (but for 2³² connections later).
  let generation: UInt32
}
