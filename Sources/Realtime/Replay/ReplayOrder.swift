package import Basics
package import Model

/// What of a conversation's log is shown again, and how fast.
package struct ReplayOrder: Equatable, Sendable {
  /// One end of the range, which belongs to it.
  package enum Bound: Equatable, Sendable {
    case seq(Int64)
    case moment(Timestamp)

    /// Reads a seq or a moment (`2026-11-21T09:30:00Z`); nil for anything else.
    package init?(text: String) {
      if let seq = Int64(text) {
        guard seq >= 0 else { return nil }
        self = .seq(seq)
      } else if let moment = Timestamp(text: text) {
        self = .moment(moment)
      } else {
        return nil
      }
    }
  }

  /// How many times as fast as it happened; 0 is at once.
  package static let paces = 0.01...1000.0

  package let conversation: Identifier<Conversation>
  /// The first event; nil for the beginning.
  package var from: Bound?
  /// The last event; nil for the newest one of the moment when the replay begins.
  package var to: Bound?
  package var pace = 1.0

  package init(_ conversation: Identifier<Conversation>) { self.conversation = conversation }

  /// Whether a number can be a pace.
  package static func isPace(_ pace: Double) -> Bool { pace == 0 || paces.contains(pace) }

  /// The seq before the first event that may be shown.
  var after: Int64 {
    if case .seq(let seq) = from { max(seq, 1) - 1 } else { 0 }
  }

  /// The last seq that may be shown, of a log that ends at `head`.
  func last(head: Int64) -> Int64 {
    if case .seq(let seq) = to { min(seq, head) } else { head }
  }

  /// Whether an event of the range of seqs is in that of time, too.
  func includes(_ at: Timestamp) -> Bool {
    if case .moment(let first) = from, at < first { return false }
    if case .moment(let last) = to, at > last { return false }
    return true
  }
}

/// When each event of a replay is due: after the pauses that were between the events, none of them longer than somebody waits gladly.
struct ReplayClockMachine {
  /// Milliseconds that a pause counts at most: a night between two messages is no replay.
  static let longestRecorded = 2000.0
  /// Milliseconds that anybody waits for the next event, however slow the pace.
  static let longestPause = 10_000.0

  private let pace: Double
  private var last: Timestamp?
  private var due = 0.0

  init(pace: Double) { self.pace = pace }

  /// Milliseconds from the replay's beginning to the event that comes next.
  mutating func due(at moment: Timestamp) -> Double {
    defer { last = max(moment, last ?? moment) }
    guard pace > 0, let last else { return due }
    // Imported events may go back in time.
    let recorded = min(max(Double(moment.milliseconds - last.milliseconds), 0), Self.longestRecorded)
    due += min(recorded / pace, Self.longestPause)
    return due
  }
}
