/// Something other than a connection that waits for a descriptor: a listener, signals.
protocol EventSource: AnyObject {
  func ready(_ events: UInt32, on loop: Loop)
}

/// Who waits for which descriptor. Indexed by descriptor: the kernel hands out the lowest free one, so it stays dense.
///
/// The generation of a slot tells an event, or an id, of a closed descriptor from those of its successor.
struct DescriptorTable {
  enum Occupant {
    case nobody
    case connection(Connection)
    case source(any EventSource)
  }
  private struct Slot {
    var generation: UInt32 = 0
    var occupant: Occupant = .nobody
  }

  /// The epoll key that belongs to no slot.
  static let noKey = UInt64.max
  private var slots: [Slot] = []

  /// The generation that the next occupant of a descriptor gets.
  mutating func generation(for descriptor: Int32) -> UInt32 {
    while slots.count <= Int(descriptor) { slots.append(Slot()) }
    return slots[Int(descriptor)].generation
  }

  /// Puts an occupant in. Returns its epoll key.
  mutating func insert(_ occupant: Occupant, descriptor: Int32) -> UInt64 {
    let generation = generation(for: descriptor)
    slots[Int(descriptor)].occupant = occupant
    return UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }

  mutating func remove(descriptor: Int32) {
    guard Int(descriptor) < slots.count else { return }
    slots[Int(descriptor)].occupant = .nobody
    slots[Int(descriptor)].generation &+= 1
  }

  /// Who an epoll key belongs to; nobody when the descriptor has been closed since.
  func occupant(key: UInt64) -> Occupant {
    occupant(slot: Int(UInt32(truncatingIfNeeded: key)), generation: UInt32(truncatingIfNeeded: key >> 32))
  }

  func occupant(slot: Int, generation: UInt32) -> Occupant {
    guard slot < slots.count, slots[slot].generation == generation else { return .nobody }
    return slots[slot].occupant
  }

  /// Who waits for a descriptor now.
  func current(descriptor: Int32) -> Occupant {
    Int(descriptor) < slots.count ? slots[Int(descriptor)].occupant : .nobody
  }

  /// All that is in the table, for the end.
  var occupants: [Occupant] { slots.map(\.occupant) }
}
