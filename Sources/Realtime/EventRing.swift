import Model

/// An event that all loops share: an empty slot for one costs 8 bytes, an inline event some 300.
final class SharedEvent: Sendable {
  let event: Event

  init(_ event: Event) { self.event = event }
}

/// The newest events beside their frames: what filters look at. Grows to its capacity, then forgets the oldest.
struct EventRing {
  private let capacity: Int
  private var slots: [SharedEvent] = []
  /// Where the next event goes once the ring is full.
  private var place = 0

  init(capacity: Int) { self.capacity = capacity }

  /// Adds the event of the next offset.
  mutating func append(_ shared: SharedEvent) {
    if slots.count < capacity {
      slots.append(shared)
    } else {
      slots[place] = shared
      place = place + 1 == capacity ? 0 : place + 1
    }
  }

  /// The event of an offset.
  ///
  /// - Precondition: its frame is in the log, which keeps no more frames than the ring has slots.
  subscript(offset: Int64) -> SharedEvent {
    let first = slots[place < slots.count ? place : 0].event.offset
    let shared = slots[(place + Int(offset - first)) % slots.count]
    precondition(shared.event.offset == offset, "the frame log and the event ring keep the same offsets")
    return shared
  }
}
