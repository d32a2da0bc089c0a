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
      try store.connection.run("DELETE FROM message_waiting")
      try store.connection.run("INSERT INTO message_filling SELECT 1, max(id) || ' ' FROM messages")
    }
    let filling = SearchFilling(store: store, log: .silent, interval: .milliseconds(5))
    async let ended: Void = filling.run()
    #expect(try await Self.found("old", 120, in: store))
    // What comes later is taken in without anybody searching.
    try await store.write { store in
      let id = try store.conversations.create().id
      for number in 1...30 {
        try store.messages.insert(
          Message(
            id: store.newIdentifier(), conversation: id, seq: Int64(number + 1), role: .user,
            text: "young \(number)", createdAt: store.now))
      }
    }
    #expect(try await Self.found("young", 30, in: store))
    store.close()
    await ended
  }

  /// Whether so many messages come to be found, without taking any in.
  private static func found(_ text: String, _ count: Int, in store: Store) async throws -> Bool {
    var search = MessageSearch(try MessageQuery(text))
    search.limit = 500
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(5))
    while ContinuousClock.now < deadline {
      let (found, isComplete) = try await store.read { [search] store in
        (try store.messageSearch.find(search).items.count, try store.messageIntake.isComplete())
      }
      if isComplete { return found == count }
      try await Task.sleep(for: .milliseconds(2))
    }
    return false
  }

  @Test func `a store that closes ends the filling without a word`() async throws {
    let store = try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
    store.close()
    let log = Log(level: .info) { Issue.record("\($0)") }
    await SearchFilling(store: store, log: log).run()
  }
}
