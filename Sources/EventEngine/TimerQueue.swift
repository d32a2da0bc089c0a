/// Names a scheduled action, so that it can be cancelled. A token outlives its action harmlessly.
package struct TimerToken: Sendable, Hashable {
  let slot: UInt32
  let generation: UInt32
}

/// Actions ordered by deadline: a binary heap that can remove from its middle.
///
/// Moments are nanoseconds on any one clock. Actions with the same moment come out in the order they went in.
package struct TimerQueue<Action> {
  private struct Entry {
    var deadline: UInt64
    var order: UInt64
    var slot: UInt32
  }
  private struct Slot {
    var generation: UInt32
    var position: Int
    var action: Action?
  }

  private var heap: [Entry] = []
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var order: UInt64 = 0

  package init() {}

  /// How many actions wait.
  package var count: Int { heap.count }

  /// The earliest moment at which something is to be done.
  package var nextDeadline: UInt64? { heap.first?.deadline }

  /// Adds an action.
  package mutating func add(at deadline: UInt64, _ action: Action) -> TimerToken {
    let index: UInt32
    if let reused = free.popLast() {
      index = reused
      slots[Int(index)].action = action
    } else {
      index = UInt32(slots.count)
      slots.append(Slot(generation: 0, position: 0, action: action))
    }
    order += 1
    heap.append(Entry(deadline: deadline, order: order, slot: index))
    siftUp(heap.count - 1)
    return TimerToken(slot: index, generation: slots[Int(index)].generation)
  }

  /// Takes out an action that is not to be done. Nil when it has come out already or was cancelled before.
  ///
  /// It is given back so that it can be let go when the queue is whole again: what it holds may cancel others then.
  package mutating func cancel(_ token: TimerToken) -> Action? {
    let index = Int(token.slot)
    guard index < slots.count, slots[index].generation == token.generation, slots[index].action != nil else {
      return nil
    }
    return remove(at: slots[index].position)
  }

  /// Takes out the earliest action that is due at a moment.
  package mutating func takeDue(at now: UInt64) -> Action? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    return remove(at: 0)
  }

  private mutating func remove(at position: Int) -> Action? {
    let slot = heap[position].slot
    let last = heap.removeLast()
    if position < heap.count {
      heap[position] = last
      slots[Int(last.slot)].position = position
      siftDown(position)
      siftUp(slots[Int(last.slot)].position)
    }
    let action = slots[Int(slot)].action
    slots[Int(slot)].action = nil
    slots[Int(slot)].generation &+= 1
    free.append(slot)
    return action
  }

  private func isEarlier(_ left: Entry, _ right: Entry) -> Bool {
    left.deadline != right.deadline ? left.deadline < right.deadline : left.order < right.order
  }

  private mutating func siftUp(_ start: Int) {
    let entry = heap[start]
    var position = start
    while position > 0, isEarlier(entry, heap[(position - 1) / 2]) {
      place(heap[(position - 1) / 2], at: position)
      position = (position - 1) / 2
    }
    place(entry, at: position)
  }

  private mutating func siftDown(_ start: Int) {
    let entry = heap[start]
    var position = start
    while true {
      var child = 2 * position + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, isEarlier(heap[child + 1], heap[child]) { child += 1 }
      guard isEarlier(heap[child], entry) else { break }
      place(heap[child], at: position)
      position = child
    }
    place(entry, at: position)
  }

  private mutating func place(_ entry: Entry, at position: Int) {
    heap[position] = entry
    slots[Int(entry.slot)].position = position
  }
}
