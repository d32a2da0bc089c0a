import Basics
import Database
import Model
import Storage
import Synchronization
import TestKit

/// A database of a test's own, opened as often as the test likes.
struct ScratchStore: Sendable {
  let folder = ScratchFolder()

  var path: String { "\(folder.path)/hub.db" }

  func open(boot: String = "boot-1", log: Log = .silent) throws -> Store {
    var configuration = StoreConfiguration(path: path)
    configuration.boot = boot
    return try Store.open(configuration, log: log)
  }

  /// Opens the store, lets a test use it, and closes it.
  func use<Value>(boot: String = "boot-1", _ body: (Store) async throws -> Value) async throws -> Value {
    let store = try open(boot: boot)
    defer { store.close() }
    return try await body(store)
  }

  /// The database without the hub around it.
  func connect() throws -> DatabaseConnection { try DatabaseConnection(path: path, access: .readWrite) }
}

/// What a store published, in order.
final class Recorder: Sendable {
  private let events = Mutex<[PublishedEvent]>([])

  var all: [PublishedEvent] { events.withLock { $0 } }
  var count: Int { events.withLock { $0.count } }

  func record(_ store: Store) {
    store.publish { published in self.events.withLock { $0 += published } }
  }
}

extension WriteTransaction {
  /// Adds a piece of a message.
  @discardableResult
  func appendDelta(
    _ text: String, to conversation: Identifier<Conversation>, run: Run? = nil,
    channel: MessageDelta.Channel = .final, position: Int = 0
  ) throws -> Event {
    try append(
      Event(
        conversation: conversation, run: run?.id,
        agent: run.map { AgentReference(id: $0.agent, name: $0.agentName) },
        message: run?.output ?? Identifier("m"), at: Timestamp(milliseconds: 0),
        body: .messageDelta(MessageDelta(channel: channel, position: position, text: text))))
  }

  /// Stores a run and tells that it started.
  func startRun(
    in conversation: Identifier<Conversation>, agent: Agent? = nil, status: Run.Status = .running
  ) throws -> Run {
    let run = Run(
      id: newIdentifier(), conversation: conversation, agent: agent?.id ?? Identifier("a"),
      agentName: agent?.name ?? "Agent", agentVersion: 1, status: status, input: newIdentifier(),
      output: newIdentifier(), createdAt: now)
    try runs.insert(run)
    _ = try append(
      Event(conversation: conversation, run: run.id, at: now, body: .run(status, usage: nil, error: nil)))
    return run
  }

  /// Adds a user's message with its event.
  @discardableResult
  func say(
    _ text: String, in conversation: Identifier<Conversation>, agent: Identifier<Agent>? = nil,
    run: Identifier<Run>? = nil
  ) throws -> Message {
    let id: Identifier<Message> = newIdentifier()
    let event = try append(
      Event(
        conversation: conversation, message: id, at: now,
        body: .messageCreated(MessageCreated(role: .user, text: text))))
    return try messages.insert(
      Message(
        id: id, conversation: conversation, seq: event.seq, run: run, agent: agent, role: .user, text: text,
        createdAt: event.at))
  }

  func makeAgent(_ name: String = "Agent", config: JSONObject? = nil) throws -> Agent {
    try agents.create(
      Agent(
        id: newIdentifier(), name: name, provider: "demo", model: "demo", config: config, createdAt: now,
        updatedAt: now))
  }
}
