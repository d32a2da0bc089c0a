import Basics
import Model
import Storage
import Testing

struct ConversationStoreTests {
  let scratch = ScratchStore()

  @Test func `a conversation begins with its event and moves up with each message`() async throws {
    try await scratch.use { store in
      let first = try await store.write { try $0.conversations.create(title: "First") }
      #expect(first.seq == 1)
      let second = try await store.write { try $0.conversations.create() }
      var now = second.updatedAt
      while now <= second.updatedAt {
        now = try await store.write { transaction in
          try transaction.say("hi", in: first.id)
          return transaction.now
        }
      }
      let page = try await store.read { try $0.conversations.page() }
      #expect(page.items.map(\.id) == [first.id, second.id])
      #expect(page.items.first?.updatedAt == now)
      #expect(page.next == nil)
      let created = try await store.read { try $0.events.page(of: first.id, after: 0, limit: 1).items.first }
      #expect(try created?.event().body == .other(.conversationCreated, ["title": "First"]))
    }
  }

  @Test func `a rename is an event`() async throws {
    try await scratch.use { store in
      let made = try await store.write { try $0.conversations.create() }
      let renamed = try await store.write { try $0.conversations.rename(made.id, to: "Better") }
      #expect(renamed.title == "Better")
      #expect(renamed.seq == 2)
      await #expect(throws: StoreError.notFound(noun: "conversation", id: "none")) {
        try await store.write { try $0.conversations.rename(Identifier("none"), to: nil) }
      }
    }
  }

  @Test func `a deleted conversation leaves one event, and its id is used up`() async throws {
    try await scratch.use { store in
      let (id, other) = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        let other = try transaction.conversations.create().id
        try transaction.say("hi", in: id)
        try transaction.say("hi", in: other)
        _ = try transaction.startRun(in: id)
        try transaction.conversations.delete(id)
        return (id, other)
      }
      try await store.read { transaction in
        #expect(try transaction.conversations.get(id) == nil)
        #expect(try transaction.messages.page(of: id).items.isEmpty)
        #expect(try transaction.runs.page(of: id).items.isEmpty)
        let left = try transaction.events.page(of: id, after: 0).items
        #expect(left.map(\.type) == [.conversationDeleted])
        #expect(left.map(\.seq) == [4])
        #expect(try transaction.events.head(of: other) == 2)
        #expect(try transaction.events.head() == 6)
      }
      await #expect(throws: StoreError.notFound(noun: "conversation", id: id.text)) {
        try await store.write { try $0.appendDelta("late", to: id) }
      }
      await #expect(throws: StoreError.alreadyExists(noun: "conversation", id: id.text)) {
        try await store.write { try $0.conversations.create(id) }
      }
    }
  }

  @Test func `a deletion that is taken back is none`() async throws {
    struct Refused: Error {}
    try await scratch.use { store in
      let id = try await store.write { try $0.conversations.create().id }
      await #expect(throws: Refused.self) {
        try await store.write { transaction in
          try transaction.conversations.delete(id)
          throw Refused()
        }
      }
      #expect(try await store.write { try $0.appendDelta("x", to: id) }.seq == 2)
    }
  }

  @Test func `pages follow each other without a gap`() async throws {
    try await scratch.use { store in
      let ids = try await store.write { transaction in
        try (0..<7).map { _ in try transaction.conversations.create().id }
      }
      let found = try await store.read { transaction in
        var found: [Identifier<Conversation>] = []
        var position: ListPosition?
        repeat {
          let page = try transaction.conversations.page(after: position, limit: 3)
          found += page.items.map(\.id)
          position = page.next
        } while position != nil
        return found
      }
      #expect(found == ids.reversed())
    }
  }

  @Test func `pages backwards hold the same list, from its end`() async throws {
    try await scratch.use { store in
      let ids = try await store.write { transaction in
        try (0..<7).map { _ in try transaction.conversations.create().id }
      }
      let pages = try await store.read { transaction in
        var pages: [[Identifier<Conversation>]] = []
        var position: ListPosition?
        repeat {
          let page = try transaction.conversations.page(before: position, limit: 3)
          pages.append(page.items.map(\.id))
          position = page.next
        } while position != nil
        return pages
      }
      #expect(pages.map(\.count) == [3, 3, 1])
      #expect(pages.reversed().flatMap(\.self) == ids.reversed())
    }
  }

  @Test(arguments: ["", "12", ".id", "x.id"])
  func `what is no cursor is none`(text: String) {
    #expect(ListPosition(text: text) == nil)
  }
}
