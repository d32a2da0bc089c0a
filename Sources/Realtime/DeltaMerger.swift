import Basics
import Model

/// Gathers a stretch of events for a reader that is behind: the deltas of each message become one, everything else stays as it is. The text
/// stays exact, and the bytes no longer depend on how many tokens the reader missed.
///
/// A merged delta covers `count` consecutive seqs of its conversation, so it ends wherever that conversation tells something else. Those of
/// other conversations may lie between them. The items are in the order in which they begin, and a merged one shows the offset up to which a
/// client that has it and all before it misses nothing: whoever is cut off behind any item resumes from there, and knows by the seq what it
/// has already.
struct DeltaMerger {
  /// What is sent.
  enum Item: Equatable {
    /// An event as it is.
    case whole(offset: Int64)
    /// Several deltas in one: the last of them, with the text of all and the position of the first.
    case merged(Event, count: Int)
  }

  /// UTF-8 bytes of text after which a delta takes no more: a frame stays as small as any other.
  static let maximumText = 32 << 10

  /// Deltas of one message that may still grow, or an event that stands alone.
  fileprivate struct Part {
    let first: Int64
    var event: Event
    var delta: MessageDelta?
    var count: Int
  }

  private var parts: [Part] = []
  /// The part that the next delta of a conversation may join.
  private var open: [Identifier<Conversation>: Int] = [:]
  /// About how many bytes the items will take.
  private(set) var size = 0

  /// Takes the next event that the reader is to see.
  ///
  /// - Parameters:
  ///   - size: bytes that it takes by itself; a delta that joins others adds only its text.
  ///   - count: seqs that it stands for already.
  mutating func add(_ event: Event, size: Int, count: Int = 1) {
    guard let conversation = event.conversation else { return append(event, size) }
    guard case .messageDelta(let delta) = event.body else {
      open[conversation] = nil
      return append(event, size)
    }
    if let index = open[conversation], parts[index].takes(delta, of: event, count) {
      self.size += delta.text.utf8.count
      return parts[index].join(delta, of: event, count)
    }
    open[conversation] = parts.count
    append(event, size, delta: delta, count: count)
  }

  /// Notes an event that the reader does not see: seqs that it skips cannot be covered.
  mutating func skip(_ event: Event) {
    if let conversation = event.conversation { open[conversation] = nil }
  }

  private mutating func append(_ event: Event, _ size: Int, delta: MessageDelta? = nil, count: Int = 1) {
    self.size += size
    parts.append(Part(first: event.offset, event: event, delta: delta, count: count))
  }

  /// What to send, in order.
  func items() -> [Item] {
    parts.indices.map { index in
      let part = parts[index]
      guard part.count > 1, let delta = part.delta else { return .whole(offset: part.first) }
      var event = part.event
      event.body = .messageDelta(delta)
      if index + 1 < parts.count { event.offset = min(event.offset, parts[index + 1].first - 1) }
      return .merged(event, count: part.count)
    }
  }
}

extension DeltaMerger.Item {
  /// Adds the item in a transport's format.
  ///
  /// - Parameter whole: adds the event of an offset as it is.
  func append(
    epoch: String, as format: TransportFormat, to bytes: inout [UInt8],
    whole: (Int64, inout [UInt8]) -> Void
  ) {
    switch self {
    case .whole(let offset): whole(offset, &bytes)
    case .merged(let event, let count):
      let json = EventEncoder.event(event, body: EventEncoder.body(event.body), count: count)
      EventFormat.append(json: json, of: event, epoch: epoch, as: format, to: &bytes)
    }
  }
}

extension DeltaMerger.Part {
  fileprivate func takes(_ next: MessageDelta, of event: Event, _ count: Int) -> Bool {
    guard let delta, event.message == self.event.message, next.channel == delta.channel else { return false }
    return event.seq == self.event.seq + Int64(count)
      && delta.text.utf8.count + next.text.utf8.count <= DeltaMerger.maximumText
  }

  /// Deltas of one message differ in nothing but text, position and time; a copy of all would be most of the work.
  fileprivate mutating func join(_ next: MessageDelta, of event: Event, _ count: Int) {
    delta?.text += next.text
    self.event.offset = event.offset
    self.event.seq = event.seq
    self.event.at = event.at
    self.count += count
  }
}
