import Model

/// The newest events beside their frames: what filters look at. Indexed by offset.
struct EventRing {
  private var slots: [Event?]

  init(capacity: Int) { slots = Array(repeating: nil, count: capacity) }

  mutating func append(_ event: Event) { slots[Int(event.offset % Int64(slots.count))] = event }

  /// The event of an offset.
  ///
  /// - Precondition: its frame is in the log, which keeps no more frames than the ring has slots.
  subscript(offset: Int64) -> Event {
    guard let event = slots[Int(offset % Int64(slots.count))], event.offset == offset else {
      preconditionFailure("the frame log and the event ring keep the same offsets")
    }
    return event
  }
}
