import Basics
import Model

/// Which deltas of a run that is over become one, and which numbers the rows stand for that stay.
///
/// Between two events of another kind, the deltas of each message and channel become one: the row of the last stays, with the text of all
/// and the position of the first, so no offset and no seq changes. Parts of a pipeline write at the same time, so the rows that stay stand
/// for all seqs behind the row before them, whoever's these were: a reader that counts sees no gap, and one that has a beginning of a text
/// already knows by the position what to leave out.
struct CompactionMachine {
  /// UTF-8 bytes of text after which a delta takes no more: a frame stays as small as any other.
  static let maximumText = 32 << 10

  /// A row that stays, and those that go into it.
  struct Merge: Equatable, Sendable {
    let offset: Int64
    let delta: MessageDelta
    /// Seqs that the row stands for from now on, up to its own.
    let count: Int64
    /// The offsets of the rows that go.
    let dropped: [Int64]
  }

  /// What of a message a delta grows.
  fileprivate struct Key: Hashable {
    let message: Identifier<Message>
    let channel: MessageDelta.Channel
  }

  /// Deltas that may become one.
  fileprivate struct Part {
    var delta: MessageDelta
    /// Where its text ends, in UTF-16 units.
    var end: Int
    /// Of the last row.
    var offset: Int64
    var seq: Int64
    var count: Int64
    var dropped: [Int64] = []
  }

  private let runs: Set<Identifier<Run>>
  private var parts: [Part] = []
  private var open: [Key: Int] = [:]
  /// The seq before the first part.
  private var before: Int64 = 0
  private(set) var merges: [Merge] = []

  /// - Parameter runs: the run that is over, and its parts; deltas of others stay as they are.
  init(of runs: Set<Identifier<Run>>) { self.runs = runs }

  /// Takes the next event of the conversation.
  mutating func take(_ stored: StoredEvent) throws(StoreError) {
    guard stored.type == .messageDelta, let run = stored.run, runs.contains(run),
      let message = stored.message,
      case .messageDelta(let delta) = try stored.event().body
    else { return close() }
    if parts.isEmpty { before = stored.seq - stored.count }
    let key = Key(message: message, channel: delta.channel)
    if let index = open[key], parts[index].takes(delta) {
      parts[index].join(delta, of: stored)
    } else {
      open[key] = parts.count
      parts.append(Part(delta, of: stored))
    }
  }

  /// Ends a page of events; the next one may go on with texts that have not ended in it.
  ///
  /// - Parameter after: where the page began; one that began with such a text does not begin there again.
  /// - Returns: the seq behind which the next page begins so that it sees their rows again; nil when there are none.
  mutating func finish(after: Int64) -> Int64? {
    let starts = open.values.map { parts[$0].seq - 1 }
    close()
    return starts.filter { $0 > after }.min()
  }

  private mutating func close() {
    guard !parts.isEmpty else { return }
    for part in parts.sorted(by: { $0.seq < $1.seq }) {
      let count = part.seq - before
      before = part.seq
      guard !part.dropped.isEmpty || count != part.count else { continue }
      merges.append(Merge(offset: part.offset, delta: part.delta, count: count, dropped: part.dropped))
    }
    parts.removeAll()
    open.removeAll()
  }
}

extension CompactionMachine.Part {
  fileprivate init(_ delta: MessageDelta, of stored: StoredEvent) {
    self.init(
      delta: delta, end: delta.position + delta.text.utf16.count, offset: stored.offset, seq: stored.seq,
      count: stored.count)
  }

  fileprivate func takes(_ next: MessageDelta) -> Bool {
    next.position == end
      && delta.text.utf8.count + next.text.utf8.count <= CompactionMachine.maximumText
  }

  fileprivate mutating func join(_ next: MessageDelta, of stored: StoredEvent) {
    delta.text += next.text
    end += next.text.utf16.count
    dropped.append(offset)
    (offset, seq, count) = (stored.offset, stored.seq, stored.count)
  }
}
