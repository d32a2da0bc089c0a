import Basics
import Model
import TestKit
import Testing

@testable import Realtime

struct DeltaMergerTests {
  /// Builds logs as the store numbers them.
  private struct LogBuilder {
    var events: [Event] = []
    private var seqs: [String: Int64] = [:]
    private var positions: [String: Int] = [:]

    mutating func delta(
      _ conversation: String, _ text: String, message: String = "m", _ channel: MessageDelta.Channel = .final
    ) {
      let key = conversation + message + channel.rawValue
      let position = positions[key, default: 0]
      positions[key] = position + text.utf16.count
      add(
        conversation, message, .messageDelta(MessageDelta(channel: channel, position: position, text: text)))
    }

    mutating func status(_ conversation: String?) {
      add(conversation, nil, .run(.running, usage: nil, error: nil))
    }

    private mutating func add(_ conversation: String?, _ message: String?, _ body: EventBody) {
      if let conversation { seqs[conversation, default: 0] += 1 }
      events.append(
        Event(
          offset: Int64(events.count + 1), conversation: conversation.map { Identifier($0) },
          seq: conversation.flatMap { seqs[$0] } ?? 0, message: message.map { Identifier($0) },
          at: Timestamp(milliseconds: 0), body: body))
    }
  }

  private static func items(_ events: [Event], skipping: Set<Int64> = []) -> [DeltaMerger.Item] {
    var merger = DeltaMerger()
    for event in events {
      if skipping.contains(event.offset) { merger.skip(event) } else { merger.add(event, size: 300) }
    }
    return merger.items()
  }

  /// `offset:seq×count text` of merged items, `offset` of others.
  private static func words(_ items: [DeltaMerger.Item]) -> [String] {
    items.map { item in
      switch item {
      case .whole(let offset): return "\(offset)"
      case .merged(let event, let count):
        guard case .messageDelta(let delta) = event.body else { return "no delta" }
        return "\(event.offset):\(event.seq)×\(count) \(delta.position)\(delta.text)"
      }
    }
  }

  @Test func `deltas of one message become one`() {
    var log = LogBuilder()
    for text in ["a", "ü", "👩"] { log.delta("A", text) }
    #expect(Self.words(Self.items(log.events)) == ["3:3×3 0aü👩"])
  }

  @Test func `whatever the conversation tells between them parts deltas`() {
    var log = LogBuilder()
    log.delta("A", "a")
    log.delta("A", "b")
    log.status("A")
    log.delta("A", "c")
    log.delta("A", "d")
    log.delta("A", "x", .thought)
    log.delta("A", "y", .thought)
    log.delta("A", "z", message: "n")
    #expect(Self.words(Self.items(log.events)) == ["2:2×2 0ab", "3", "5:5×2 2cd", "7:7×2 0xy", "8"])
  }

  @Test func `deltas of several conversations show offsets that are safe to resume from`() {
    var log = LogBuilder()
    for text in ["1", "2", "3"] {
      log.delta("A", text)
      log.delta("B", text)
    }
    log.status(nil)
    log.delta("A", "4")
    // Who has only the first must resume from 1, where the other conversation's first is yet to come.
    #expect(Self.words(Self.items(log.events)) == ["1:4×4 01234", "6:3×3 0123", "7"])
  }

  @Test func `a seq that is skipped is not covered`() {
    var log = LogBuilder()
    log.delta("A", "a")
    log.status("A")
    log.delta("A", "b")
    log.delta("A", "c")
    #expect(Self.words(Self.items(log.events, skipping: [2])) == ["1", "4:4×2 1bc"])
  }

  @Test func `a merged delta stays bounded`() {
    var log = LogBuilder()
    for _ in 0..<100 { log.delta("A", String(repeating: "x", count: 1000)) }
    let items = Self.items(log.events)
    #expect(items.count == 4)
    for case .merged(let event, _) in items {
      guard case .messageDelta(let delta) = event.body else { continue }
      #expect(delta.text.utf8.count <= DeltaMerger.maximumText)
    }
  }

  @Test func `what cannot be merged counts whole, so that a turn stays bounded`() {
    var log = LogBuilder()
    for number in 0..<10 { log.delta("A", "x", message: "m\(number)") }
    for _ in 0..<10 { log.delta("B", "x") }
    var merger = DeltaMerger()
    for event in log.events { merger.add(event, size: 300) }
    #expect(merger.size == 11 * 300 + 9)
  }

  /// A reader that is cut off behind any item, resumes from the offset it shows and drops what its seqs cover has everything, once.
  @Test(arguments: 0..<200)
  func `a reader may be cut off behind any item`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var log = LogBuilder()
    for number in 0..<60 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0: log.status(nil)
      case 1: log.status(["A", "B", "C"].randomElement(using: &random))
      default:
        log.delta(
          ["A", "B", "C"].randomElement(using: &random) ?? "A", "\(number) ",
          message: Int.random(in: 0..<8, using: &random) == 0 ? "n" : "m")
      }
    }
    let items = Self.items(log.events)
    for cut in 0...items.count {
      var reader = MergedReader()
      for item in items.prefix(cut) { reader.take(item, of: log.events) }
      for event in log.events where event.offset > reader.offset { reader.take(event, count: 1) }
      var whole = MergedReader()
      for event in log.events { whole.take(event, count: 1) }
      #expect(reader.texts == whole.texts)
      #expect(reader.others == whole.others)
      #expect(reader.gaps == 0)
    }
  }

  /// What a careful client does.
  private struct MergedReader {
    var offset: Int64 = 0
    var seqs: [Identifier<Conversation>: Int64] = [:]
    var texts: [String: String] = [:]
    var others: [Int64] = []
    var gaps = 0

    mutating func take(_ item: DeltaMerger.Item, of log: [Event]) {
      switch item {
      case .whole(let offset): take(log[Int(offset) - 1], count: 1)
      case .merged(let event, let count): take(event, count: Int64(count))
      }
    }

    mutating func take(_ event: Event, count: Int64) {
      if event.offset <= offset { gaps += 1 }
      offset = event.offset
      if let conversation = event.conversation {
        let known = seqs[conversation, default: 0]
        guard event.seq > known else { return }
        if event.seq - count != known { gaps += 1 }
        seqs[conversation] = event.seq
      }
      if case .messageDelta(let delta) = event.body {
        let key = (event.conversation?.text ?? "") + (event.message?.text ?? "")
        if delta.position != texts[key, default: ""].utf16.count { gaps += 1 }
        texts[key, default: ""] += delta.text
      } else {
        others.append(event.offset)
      }
    }
  }
}
