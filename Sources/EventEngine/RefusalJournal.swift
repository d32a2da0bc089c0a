/// Lets one line a while stand for all refusals, so that whoever provokes them does not fill the log.
struct RefusalJournal {
  private static let interval: UInt64 = 10_000_000_000

  private var untold = 0
  private var toldAt: UInt64?

  /// Counts a refusal. Returns how many there were since the last time that it was to be told; nil when it is too early.
  mutating func refused(at now: UInt64) -> Int? {
    untold += 1
    if let toldAt, now &- toldAt < Self.interval { return nil }
    defer { untold = 0 }
    toldAt = now
    return untold
  }
}
