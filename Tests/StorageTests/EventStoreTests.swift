import Basics
import Model
import Storage
import TestKit
import Testing

struct EventStoreTests {
  let scratch = ScratchStore()

  @Test func `pages of a conversation and of the hub follow each other`() async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        let other = try transaction.conversations.create().id
        for number in 0..<10 { try transaction.appendDelta("\(number)", to: number % 2 == 0 ? id : other) }
        return id
      }
      try await store.read { transaction in
        let first = try transaction.events.page(of: id, after: 0, limit: 4)
        #expect(first.items.map(\.seq) == [1, 2, 3, 4])
        #expect(first.next == 4)
        let rest = try transaction.events.page(of: id, after: 4, limit: 4)
        #expect(rest.items.map(\.seq) == [5, 6])
        #expect(rest.next == nil)
        let all = try transaction.events.page(after: 9, limit: 2)
        #expect(all.items.map(\.offset) == [10, 11])
        #expect(all.next == 11)
        #expect(try transaction.events.page(after: 12).items.isEmpty)
      }
    }
  }

  @Test func `a page of long events ends early and says where to go on`() async throws {
    try await scratch.use { store in
      let long = String(repeating: "x", count: 100_000)
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for _ in 0..<6 { try transaction.appendDelta(long, to: id) }
        return id
      }
      try await store.read { transaction in
        let first = try transaction.events.page(of: id, after: 0)
        #expect(first.items.map(\.seq) == [1, 2, 3, 4])
        #expect(first.next == 4)
        let rest = try transaction.events.page(of: id, after: 4)
        #expect(rest.items.map(\.seq) == [5, 6, 7])
        #expect(rest.next == nil)
        #expect(try transaction.events.page(after: 0).next == 4)
        let filter = EventFilter(types: [.messageDelta])
        #expect(try transaction.events.page(after: 1, matching: filter).next == 4)
      }
    }
  }

  @Test func `a filter picks by run, agent and type`() async throws {
    try await scratch.use { store in
      let (run, agent) = try await store.write { transaction in
        let agent = try transaction.makeAgent()
        let id = try transaction.conversations.create().id
        let run = try transaction.startRun(in: id, agent: agent)
        try transaction.appendDelta("x", to: id, run: run)
        try transaction.appendDelta("y", to: id)
        try transaction.append(
          Event(
            conversation: id, run: Identifier("part"), parentRun: run.id, at: transaction.now,
            body: .run(.queued, usage: nil, error: nil)))
        return (run, agent)
      }
      let wanted: [(EventFilter, [Int64])] = [
        (EventFilter(run: run.id), [3, 4, 6]),
        (EventFilter(agent: agent.id), [1, 4]),
        (EventFilter(types: [.messageDelta, .agentCreated]), [1, 4, 5]),
        (EventFilter(run: run.id, types: [.messageDelta]), [4]),
        (EventFilter(types: []), []),
      ]
      for (filter, offsets) in wanted {
        let page = try await store.read { try $0.events.page(after: 0, matching: filter) }
        #expect(page.items.map(\.offset) == offsets)
      }
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `a filter that matches nothing for long says where to go on`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for _ in 0..<10_500 { try transaction.appendDelta("x", to: id) }
        try transaction.conversations.rename(id, to: "end")
      }
      let filter = EventFilter(types: [.conversationUpdated])
      let first = try await store.read { try $0.events.page(after: 0, matching: filter) }
      #expect(first.items.isEmpty)
      let next = try #require(first.next)
      let second = try await store.read { try $0.events.page(after: next, matching: filter) }
      #expect(second.items.map(\.offset) == [10_502])
      #expect(second.next == nil)
    }
  }

  @Test func `open messages are what the deltas add up to`() async throws {
    try await scratch.use { store in
      let (id, first, second) = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        let done = try transaction.startRun(in: id)
        try transaction.appendDelta("old", to: id, run: done)
        _ = try transaction.append(
          Event(
            conversation: id, run: done.id, message: done.output, at: transaction.now,
            body: .messageCompleted(MessageCompleted(text: "old", finish: "stop"))))
        let first = try transaction.startRun(in: id)
        let second = try transaction.startRun(in: id)
        try transaction.appendDelta("hm", to: id, run: first, channel: .thought)
        try transaction.appendDelta("Hel", to: id, run: first)
        try transaction.appendDelta("A", to: id, run: second)
        try transaction.appendDelta("lo 🦙", to: id, run: first, position: 3)
        return (id, first, second)
      }
      let open = try await store.read { try $0.events.openMessages(in: id) }
      #expect(open.map(\.id) == [first.output, second.output])
      #expect(open.map(\.final) == ["Hello 🦙", "A"])
      #expect(open.map(\.thought) == ["hm", ""])
      #expect(open.map(\.seq) == [10, 9])
      #expect(open.first?.agent?.name == "Agent")
      #expect(try await store.read { try $0.events.openMessages(in: Identifier("none")) } == [])
    }
  }
}
