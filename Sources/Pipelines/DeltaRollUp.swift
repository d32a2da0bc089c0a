package import Model

/// Gathers a provider's chunks into deltas: what comes after a pause goes at once, what follows on its heels waits for a window or a size.
///
/// One delta is one row, one offset and one frame, so rolling up here makes everything below it cheaper. A model writes up to
/// 150 chunks a second; 20 ms turn that into 50 and nobody sees the difference. One that writes 50 or less waits for nothing. Where very many
/// answers are written at once, the window widens, so that all of them together stay within what one core stores.
package struct DeltaRollUp: Sendable {
  /// How long and how much may be gathered.
  package struct Limits: Sendable, Equatable {
    /// Nanoseconds from one delta to the next at least; 0 sends every chunk by itself.
    package var window: UInt64 = 20_000_000
    /// UTF-8 bytes that end the gathering early.
    package var gathered = 4096
    /// UTF-8 bytes of one delta; longer text is cut between characters, so that an event stays below 64 KiB even when every
    /// byte needs an escape.
    package var delta = 4096
    /// Nanoseconds of window for each other answer that is being written: some 3,300 deltas a second for all of them, a third of a core.
    package var share: UInt64 = 300_000
    /// The longest that the window gets by that, in nanoseconds.
    package var longestShare: UInt64 = 200_000_000

    package init() {}

    /// The window while so many answers are being written.
    func window(of answers: Int) -> UInt64 {
      window == 0 ? 0 : max(window, min(longestShare, UInt64(max(0, answers - 1)) * share))
    }
  }

  private let limits: Limits
  private var channel = MessageDelta.Channel.final
  private var gathered = ""
  /// Before this moment chunks are gathered.
  private var gathersUntil: UInt64 = 0
  private var positions: [MessageDelta.Channel: Int] = [:]
  /// How many answers are being written, this one among them.
  package var answers = 1
  /// When what is gathered must go, on the caller's monotonic clock; nil while nothing waits.
  package private(set) var deadline: UInt64?

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Takes a chunk and returns the deltas that are due now.
  ///
  /// - Parameter now: monotonic nanoseconds.
  package mutating func add(_ text: String, to channel: MessageDelta.Channel, now: UInt64) -> [MessageDelta] {
    guard !text.isEmpty else { return [] }
    var due: [MessageDelta] = []
    if channel != self.channel {
      due = flush()
      self.channel = channel
    }
    gathered += text
    if now >= gathersUntil || gathered.utf8.count >= limits.gathered {
      due += flush(now: now)
    } else {
      deadline = gathersUntil
    }
    return due
  }

  /// Returns what is gathered when its time has come.
  package mutating func deadlinePassed(now: UInt64) -> [MessageDelta] {
    guard let deadline, deadline <= now else { return [] }
    return flush(now: now)
  }

  private mutating func flush(now: UInt64) -> [MessageDelta] {
    gathersUntil = now + limits.window(of: answers)
    return flush()
  }

  /// Returns all that is gathered, whether due or not.
  package mutating func flush() -> [MessageDelta] {
    deadline = nil
    guard !gathered.isEmpty else { return [] }
    defer { gathered = "" }
    return pieces(of: gathered).map { piece in
      let position = positions[channel, default: 0]
      positions[channel] = position + piece.utf16.count
      return MessageDelta(channel: channel, position: position, text: piece)
    }
  }

  private func pieces(of text: String) -> [String] {
    guard text.utf8.count > limits.delta else { return [text] }
    var pieces: [String] = []
    var piece = ""
    for scalar in text.unicodeScalars {
      piece.unicodeScalars.append(scalar)
      if piece.utf8.count >= limits.delta {
        pieces.append(piece)
        piece = ""
      }
    }
    if !piece.isEmpty { pieces.append(piece) }
    return pieces
  }
}
