import Basics
import Database
import Model
import Storage
import TestKit
import Testing

struct MessageStoreTests {
  let scratch = ScratchStore()

  @Test func `S003-02 a message comes back as it was stored`() async throws {
    try await scratch.use { store in
      let (message, stored) = try await store.write { transaction in
        let agent = try transaction.makeAgent()
        let message = Message(
          id: Identifier("m1"), conversation: try transaction.conversations.create().id, seq: 7,
          parent: Identifier("m0"), run: Identifier("r"), agent: agent.id, role: .tool, type: .action,
          text: "did \"it\"\n", parts: [["type": "text", "n": 1.5]], createdAt: Timestamp(milliseconds: 9))
        try transaction.messages.insert(message)
        return (message, try transaction.messages.get(message.id))
      }
      #expect(stored == message)
      #expect(try await store.read { try $0.messages.ofRun(Identifier("r")) } == [message])
    }
  }

  @Test func `pages go both ways`() async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 1...10 { try transaction.say("\(number)", in: id) }
        return id
      }
      try await store.read { transaction in
        let newest = try transaction.messages.page(of: id, limit: 4)
        #expect(newest.items.map(\.text) == ["7", "8", "9", "10"])
        let older = try transaction.messages.page(of: id, before: newest.next, limit: 4)
        #expect(older.items.map(\.text) == ["3", "4", "5", "6"])
        let oldest = try transaction.messages.page(of: id, before: older.next, limit: 4)
        #expect(oldest.items.map(\.text) == ["1", "2"])
        #expect(oldest.next == nil)
        let first = try transaction.messages.page(of: id, after: 0, limit: 6)
        #expect(first.items.map(\.text) == ["1", "2", "3", "4", "5", "6"])
        let rest = try transaction.messages.page(of: id, after: first.next ?? 0, limit: 6)
        #expect(rest.items.map(\.text) == ["7", "8", "9", "10"])
        #expect(rest.next == nil)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 7, 8, 20])
  func `a page written from the rows is the page of the nouns`(limit: Int) async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        let agent = try transaction.makeAgent()
        for (number, text) in Self.texts.enumerated() {
          try transaction.messages.insert(
            Message(
              id: Identifier("m\(number)"), conversation: id, seq: Int64(2 * number + 1),
              parent: number == 0 ? nil : Identifier("m\(number - 1)"),
              run: number == 3 ? Identifier("r") : nil,
              agent: number == 2 ? agent.id : nil, role: .agent, type: .thought, text: text,
              parts: number == 1 ? [["type": "text", "text": "ü\n"]] : nil, createdAt: transaction.now))
        }
        return id
      }
      try await store.read { transaction in
        for seq: Int64? in [nil, 0, 1, 4, 9, 100] {
          let nouns = try transaction.messages.page(of: id, before: seq, limit: limit)
          var writer = JSONWriter()
          let written = try transaction.messages.writePage(of: id, before: seq, limit: limit, into: &writer)
          try Self.expect(writer, written, nouns)
          let later = try transaction.messages.page(of: id, after: seq ?? 0, limit: limit)
          var laterWriter = JSONWriter()
          let laterWritten = try transaction.messages.writePage(
            of: id, after: seq ?? 0, limit: limit, into: &laterWriter)
          try Self.expect(laterWriter, laterWritten, later)
        }
      }
    }
  }

  private static let texts = [
    "", "plain", "\"quoted\" \\ and\ttabbed\u{1}", "grüße 👩‍👩‍👧", String(repeating: "long ", count: 2000),
    "1234567",
    "12345678", "123456789",
  ]

  private static func expect(_ writer: JSONWriter, _ written: WrittenPage, _ nouns: Page<Message, Int64>)
    throws
  {
    var expected = JSONWriter()
    expected.beginArray()
    for message in nouns.items { message.write(into: &expected) }
    expected.endArray()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == String(decoding: expected.bytes, as: UTF8.self))
    #expect(written.count == nouns.items.count)
    #expect(written.next == nouns.next)
  }

  @Test func `a text that is not UTF-8 is repaired where it is shown`() async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        try transaction.connection.run(
          """
          INSERT INTO messages (conversation, seq, id, role, type, text, created_at)
          VALUES (?1, 1, 'm', 'user', 'message', CAST(x'61ff62' AS TEXT), 0)
          """, .text(id.text))
        return id
      }
      try await store.read { transaction in
        var writer = JSONWriter()
        _ = try transaction.messages.writePage(of: id, after: 0, limit: 1, into: &writer)
        #expect(try JSON.parse(writer.bytes).array?.first?["text"] == "a\u{FFFD}b")
      }
    }
  }

  @Test func `a message needs its conversation`() async throws {
    try await scratch.use { store in
      let error = await #expect(throws: DatabaseError.self) {
        try await store.write { transaction in
          try transaction.messages.insert(
            Message(
              id: Identifier("m"), conversation: Identifier("none"), seq: 1, role: .user, text: "",
              createdAt: transaction.now))
        }
      }
      #expect(error?.reason == .constraint)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(2))))
  func `a page of a long conversation costs no more than a short one's`() async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 2...100_001 {
          try transaction.connection.run(
            "INSERT INTO messages (conversation, seq, id, role, type, text, created_at) VALUES (?1, ?2, ?3, 'user', 'message', 'text', 0)",
            .text(id.text), .integer(Int64(number)), .text("m\(number)"))
        }
        return id
      }
      let clock = ContinuousClock()
      let times = try await store.read { transaction in
        try (1...20).map { round in
          try clock.measure {
            let page = try transaction.messages.page(of: id, before: Int64(round * 5000))
            #expect(page.items.count == 50)
          }
        }
      }
      #expect(try #require(times.min()) < TimeLimit.of(.milliseconds(5)))
    }
  }
}
