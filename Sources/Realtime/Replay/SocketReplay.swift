import Basics
import EventEngine
import Storage

/// A replay on a socket: its events go to the client beside all others, as fast as it takes them.
struct SocketReplay: Sendable {
  /// Bytes that may wait for a slow client before the replay waits, too.
  private static let mostPending = 256 << 10
  /// Until a client that was slow is looked at again.
  private static let patience = Duration.milliseconds(20)

  private enum Answer { case taken, full, gone }

  let name: String
  let loop: EventLoop
  let subscriber: SubscriberID

  /// Answers the command, shows the events, and tells the end.
  func run(_ order: ReplayOrder, answering id: JSON?, in store: Store) async {
    do {
      let replay = try await Replay.begin(order, in: store)
      var ok = JSONObject()
      ok["replay"] = .string(name)
      ok["conversation"] = .string(order.conversation.text)
      ok["epoch"] = .string(store.epoch)
      ok["seq"] = .integer(replay.last)
      guard await send([Reply.ok(ok, to: id)]) else { return }
      let end = try await replay.run { await send($0.map(\.json)) }
      tell(end.json(of: order, named: name).bytes)
    } catch {
      tell(Reply.error(error, to: id))
    }
  }

  /// Sends what is due, when there is room for it; false when the client is gone, or wants no more of it.
  private func send(_ messages: [[UInt8]]) async -> Bool {
    while !Task.isCancelled {
      switch await offer(messages) {
      case .taken: return true
      case .gone: return false
      case .full: try? await Task.sleep(for: Self.patience)
      }
    }
    return false
  }

  private func offer(_ messages: [[UInt8]]) async -> Answer {
    await withCheckedContinuation { continuation in
      loop.submit { [subscriber, name] loop in
        guard let subscriber = loop[HubShard.key]?.subscriber(subscriber), subscriber.replay?.name == name
        else {
          return continuation.resume(returning: .gone)
        }
        guard subscriber.follower.transport.pendingBytes <= Self.mostPending else {
          return continuation.resume(returning: .full)
        }
        for message in messages { subscriber.send(message) }
        continuation.resume(returning: .taken)
      }
    }
  }

  /// The last word, which comes whether or not it was stopped.
  private func tell(_ message: [UInt8]) {
    loop.submit { [subscriber, name] loop in
      guard let subscriber = loop[HubShard.key]?.subscriber(subscriber) else { return }
      subscriber.send(message)
      if subscriber.replay?.name == name { subscriber.replay = nil }
    }
  }
}

/// The replay that a connection has going.
struct RunningReplay {
  let name: String
  let task: Task<Void, Never>
}
