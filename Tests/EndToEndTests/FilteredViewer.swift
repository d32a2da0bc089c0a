import Basics
import TestKit

/// A client of `agenthub.v1` that subscribed to one topic, leaves, and comes back to where it was.
final class FilteredViewer {
  /// What it subscribed to.
  struct Subscription: Sendable {
    /// The fields of `subscribe` that say what: a topic, perhaps types.
    let fields: JSONObject
    /// Whether no seq may be missing from a conversation.
    let isGapless: Bool
    /// Which of all stored events it must have seen in the end.
    let includes: @Sendable (JSON) -> Bool

    static let everything = Self(fields: ["everything": true], isGapless: true) { _ in true }

    /// All that happens in one conversation.
    static func conversation(of run: BegunRun) -> Self {
      Self(fields: ["conversation": .string(run.conversation)], isGapless: true) {
        $0["conversation"]?.string == run.conversation
      }
    }

    static func run(_ run: BegunRun) -> Self {
      Self(fields: ["run": .string(run.id)], isGapless: false) { $0["run"]?.string == run.id }
    }

    static func agent(_ id: String) -> Self {
      Self(fields: ["agent": .string(id)], isGapless: false) { $0["agent"]?["id"]?.string == id }
    }

    /// Only some types of events, of all conversations.
    static func types(_ types: [String]) -> Self {
      Self(fields: ["everything": true, "types": .array(types.map { .string($0) })], isGapless: false) {
        types.contains($0["type"]?.string ?? "")
      }
    }
  }

  let subscription: Subscription
  private(set) var ledger: Ledger
  /// How often it connected.
  private(set) var visits = 0
  private let epoch: String
  private var socket: WebSocketClient?

  init(_ subscription: Subscription, epoch: String) {
    self.subscription = subscription
    self.epoch = epoch
    self.ledger = Ledger(hasGaps: !subscription.isGapless)
  }

  /// Connects, and subscribes to what comes after the last event it saw.
  func connect(to port: UInt16, receiveBuffer: Int32?) throws {
    let socket = try WebSocketClient(
      port: port, path: "/ws", subprotocols: ["agenthub.v1"], receiveBuffer: receiveBuffer)
    var command = subscription.fields
    command["id"] = 1
    command["command"] = "subscribe"
    command["epoch"] = .string(epoch)
    let conversation = subscription.fields["conversation"]?.string
    command["after"] = .integer(conversation.map { Int64(ledger.seq(of: $0)) } ?? ledger.offset)
    try socket.send(.object(command))
    // What comes before the reply was not asked for.
    while true {
      guard case .text(let bytes) = try socket.receive() else { throw failure("closed before the reply") }
      let json = try JSON.parse(bytes)
      guard json["reply"] != nil else { continue }
      guard json["ok"]?["recovered"]?.bool == true else { throw failure("not recovered: \(json.text)") }
      break
    }
    visits += 1
    self.socket = socket
  }

  /// Takes the next message; returns whether it was an event.
  func next() throws -> Bool {
    guard let socket, case .text(let bytes) = try socket.receive() else {
      throw failure("closed at \(ledger.offset)")
    }
    let json = try JSON.parse(bytes)
    guard json["offset"] != nil, json["type"] != nil else { return false }
    try ledger.take(json)
    return true
  }

  func leave(_ way: HubClient.Leaving) {
    socket?.leave(way)
    socket = nil
  }

  private func failure(_ text: String) -> ChildProcess.Failure {
    ChildProcess.Failure(description: "\(JSON.object(subscription.fields).text): \(text)")
  }
}
