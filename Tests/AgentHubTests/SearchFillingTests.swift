import Basics
import Database
import Model
import Storage
import TestKit
import Testing

@testable import AgentHub

struct SearchFillingTests {
  private let folder = ScratchFolder()

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `messages from before the search are found once all are taken in`() async throws {
    let store = try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
    defer { store.close() }
    try await store.write { store in
      let id = try store.conversations.create().id
      for number in 1...120 {
        try store.messages.insert(
          Message(
            id: store.newIdentifier(), conversation: id, seq: Int64(number + 1), role: .user,
            text: "old \(number)",
            createdAt: store.now))
      }
      try store.connection.run("DELETE FROM message_numbers")
      try store.connection.run("INSERT INTO message_filling SELECT 1, max(id) || ' ' FROM messages")
    }
    await SearchFilling(store: store, log: .silent).run()
    var search = MessageSearch(try MessageQuery("old"))
    search.limit = 500
    let (found, isComplete) = try await store.read { [search] store in
      (try store.messageSearch.find(search).items.count, try store.messageSearch.isComplete())
    }
    #expect(found == 120)
    #expect(isComplete)
  }

  @Test func `a store that closes ends the filling without a word`() async throws {
    let store = try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
    store.close()
    let log = Log(level: .info) { Issue.record("\($0)") }
    await SearchFilling(store: store, log: log).run()
  }
}
