import Basics
import EventEngine
import Model

/// One client of `agenthub.v1`: commands in, replies out, events beside them.
///
/// A client that says nothing gets everything from now on; its first subscription replaces that.
package final class Session {
  let subscriber: Subscriber
  let shard: HubShard
  private var mistakes = 0

  /// Mistakes in a row after which a client is sent away: it is broken, not unlucky.
  private static let maximumMistakes = 20

  /// Opens a session on a fresh connection.
  package init(_ transport: any Transport, on shard: HubShard) {
    self.shard = shard
    self.subscriber = shard.subscribe(transport, to: .hub)
    subscriber.ping = { Reply.ping(head: $0) }
    subscriber.awaitFirstWord()
  }

  /// The name of the connection in replies and logs.
  var name: String { "c\(shard.outside.index)-\(subscriber.id.generation)" }

  /// The client sent a text message.
  package func received(text: [UInt8]) {
    perform(text)
    subscriber.endFirstWord()  // behind the command: what it has begun to read comes before the live events
  }

  private func perform(_ text: [UInt8]) {
    let command: Command
    do {
      command = try Command(parsing: text)
    } catch {
      return refuse(error, to: error.id)
    }
    guard let name = command.name else { return }  // a pong
    guard let entry = CommandTable.entry(named: name) else {
      return refuse(CommandError.unknownCommand(name, id: command.id), to: command.id)
    }
    do {
      try entry.run(command, self)
      mistakes = 0
    } catch {
      refuse(error, to: command.id)
    }
  }

  /// The client sent what the protocol does not know.
  package func receivedBinary() {
    refuse(CommandError.binary, to: nil)
  }

  /// The client sent a message faster than it may, which was dropped: says so, and when to come again.
  package func refused(_ text: [UInt8], retryAfterNanoseconds wait: UInt64) {
    // Only a short message is worth the search for its id, which lets the client tell what was refused.
    let id = text.count <= Self.shortText ? (try? JSON.parse(text))?["id"] : nil
    let milliseconds = Int(clamping: wait / 1_000_000 + 1)
    subscriber.send(
      Reply.error(CommandError.rateLimited(retryAfterMilliseconds: milliseconds, id: id), to: id))
  }

  private static let shortText = 4096

  /// The client went on although it was told to wait.
  package func flooded() { subscriber.close(.rateLimited) }

  /// The connection takes bytes again.
  package func becameWritable() { subscriber.becameWritable() }
  /// The connection is gone.
  package func closed() {
    subscriber.attendance?.end()
    subscriber.attendance = nil
    subscriber.closed()
  }

  /// The session's part in presence, from its first word about it on.
  func attend() -> Attendance {
    if let attendance = subscriber.attendance { return attendance }
    let made = Attendance(self)
    subscriber.attendance = made
    return made
  }

  /// Answers a command.
  func reply(_ id: JSON?, ok: JSONObject) { subscriber.send(Reply.ok(ok, to: id)) }

  /// Answers a command that could not be done.
  func refuse(_ error: any CodedError, to id: JSON?) {
    subscriber.send(Reply.error(error, to: id))
    guard error.retryAfterMilliseconds == nil else { return }  // too early is not wrong
    mistakes += 1
    if mistakes >= Self.maximumMistakes { subscriber.close(.badRequest) }
  }

  /// Does slow work away from the loop and answers when it is done, if the client is still there.
  func reply(_ id: JSON?, with work: @escaping @Sendable (Hub) async throws -> JSONObject) {
    let hub = shard.hub
    let limit = hub.configuration.commandsInFlight
    guard subscriber.commandsInFlight < limit else {
      return subscriber.send(Reply.error(CommandError.tooManyInFlight(limit, id: id), to: id))
    }
    subscriber.commandsInFlight += 1
    let outside = shard.outside
    let subscriber = subscriber.id
    Task {
      let answer: [UInt8]
      do {
        answer = Reply.ok(try await work(hub), to: id)
      } catch {
        answer = Reply.error(error, to: id)
      }
      outside.submit { loop in
        guard let subscriber = loop[HubShard.key]?.subscriber(subscriber) else { return }
        subscriber.commandsInFlight -= 1
        subscriber.send(answer)
      }
    }
  }
}
