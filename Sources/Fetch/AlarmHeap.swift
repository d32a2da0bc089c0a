/// A reader's wish to be woken at a time if nothing comes before.
struct Alarm: Sendable {
  /// Monotonic nanoseconds.
  let deadline: UInt64
  let channel: TransferChannel
  let wait: UInt64
}

/// Alarms, earliest first. An alarm whose wait is over stays until its time and is then ignored: they are short.
struct AlarmHeap {
  private var alarms: [Alarm] = []

  var earliest: UInt64? { alarms.first?.deadline }

  mutating func insert(_ alarm: Alarm) {
    alarms.append(alarm)
    var index = alarms.count - 1
    while index > 0, alarms[index].deadline < alarms[(index - 1) / 2].deadline {
      alarms.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Removes the earliest alarm whose time has come.
  mutating func popDue(now: UInt64) -> Alarm? {
    guard let first = alarms.first, first.deadline <= now else { return nil }
    let last = alarms.removeLast()
    if !alarms.isEmpty {
      alarms[0] = last
      siftDown()
    }
    return first
  }

  private mutating func siftDown() {
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < alarms.count && alarms[child].deadline < alarms[least].deadline {
        least = child
      }
      guard least != index else { return }
      alarms.swapAt(index, least)
      index = least
    }
  }
}
