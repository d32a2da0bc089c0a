import Basics
import EventEngine
import Model
import Storage

/// Forgets conversations that nobody has continued for a time, with their messages, runs and events.
struct ConversationExpiry: Sendable {
  /// Which conversations are forgotten, and when.
  struct Rule: Sendable {
    /// As logs call them.
    let name: String
    /// Since the last message.
    let age: Duration
    /// The oldest conversations that were not continued since a moment, at most so many, none of them with a run that is not over.
    let find: @Sendable (ReadTransaction, Timestamp, Int) throws -> [Identifier<Conversation>]

    /// Every conversation.
    static func all(after age: Duration) -> Self {
      Self(name: "conversations", age: age) { try $0.conversations.idle(since: $1, limit: $2) }
    }

    /// Those that the clients of a surface have named themselves.
    static func threads(of surface: String, after age: Duration) -> Self {
      Self(name: "threads of \(surface)", age: age) {
        try $0.threads.idle(of: surface, since: $1, limit: $2)
      }
    }
  }

  /// Conversations of one transaction: the writer serves everybody.
  private static let batch = 20

  let store: Store
  let log: Log
  let rules: [Rule]
  var interval: Duration = .seconds(3600)

  /// Forgets what is too old now.
  func run() async throws {
    for rule in rules {
      let age = Int64(rule.age / .milliseconds(1))
      let since = Timestamp(milliseconds: try await store.write { $0.now.milliseconds } - age)
      var count = 0
      while true {
        let found = try await store.read { try rule.find($0, since, Self.batch) }
        let deleted = try await store.write { try Self.delete(found, idleSince: since, $0) }
        count += deleted
        // Nothing deleted: all of them are being continued just now.
        guard found.count == Self.batch, deleted > 0 else { break }
      }
      if count > 0 { log.write(.info, "Forgot old \(rule.name)", ["count": "\(count)"]) }
    }
  }

  /// Deletes those that nobody has continued since they were found.
  private static func delete(
    _ ids: [Identifier<Conversation>], idleSince since: Timestamp, _ store: WriteTransaction
  ) throws -> Int {
    let idle = try ids.filter { id in
      guard let conversation = try store.conversations.get(id), conversation.updatedAt < since else {
        return false
      }
      return try store.runs.unfinished(in: id).isEmpty
    }
    for id in idle { try store.conversations.delete(id) }
    return idle.count
  }

  /// Runs again after each interval, for as long as the loop does.
  func repeats(on loop: EventLoop) {
    guard !rules.isEmpty else { return }
    Chore(complaint: "Old conversations could not be forgotten", interval: interval, log: log, work: run)
      .repeats(on: loop)
  }
}
