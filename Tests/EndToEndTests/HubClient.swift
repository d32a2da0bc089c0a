import Basics
import TestKit
import Wire

/// A client of `agenthub.v1` that keeps a ledger, leaves, and comes back to where it was.
final class HubClient {
  /// What came, beside replies.
  enum Happening: Equatable {
    case event
    case live
    case bye(JSON)
    case closed(code: UInt16)
    case other(JSON)
  }

  private(set) var ledger = Ledger()
  private(set) var epoch: String?
  /// How often it connected.
  private(set) var visits = 0
  private var socket: WebSocketClient?

  /// Connects and resumes after the last event it saw; the first time it asks for the whole log.
  ///
  /// - Parameters:
  ///   - epoch: the hub's, for the first time.
  ///   - offer: of permessage-deflate.
  func connect(
    to port: UInt16, epoch: String? = nil, offer: String? = nil, receiveBuffer: Int32? = nil,
    bite: Int = 65536
  ) throws {
    let socket = try WebSocketClient(
      port: port, path: "/ws", subprotocols: ["agenthub.v1"], offer: offer, receiveBuffer: receiveBuffer,
      bite: bite)
    guard socket.subprotocol == "agenthub.v1" else { throw failure("no subprotocol") }
    visits += 1
    let known = try self.epoch ?? epoch ?? Self.epoch(of: port)
    try socket.send([
      "id": 1, "command": "hello", "client": "end-to-end",
      "resume": ["epoch": .string(known), "offset": .integer(ledger.offset)],
    ])
    // Events before the reply are the broadcast to a client that has said nothing yet; they come again behind it.
    while true {
      guard case .text(let bytes) = try socket.receive() else { throw failure("closed before the reply") }
      let json = try JSON.parse(bytes)
      guard json["reply"] != nil else { continue }
      guard json["ok"]?["recovered"]?.bool == true, json["ok"]?["epoch"]?.string == known else {
        throw failure("not recovered: \(json.text)")
      }
      break
    }
    self.epoch = known
    self.socket = socket
  }

  /// The hub's epoch, as a client learns it.
  static func epoch(of port: UInt16) throws -> String {
    let socket = try WebSocketClient(port: port, path: "/ws", subprotocols: ["agenthub.v1"])
    try socket.send(["id": 1, "command": "hello"])
    while case .text(let bytes) = try socket.receive() {
      if let epoch = try JSON.parse(bytes)["ok"]?["epoch"]?.string { return epoch }
    }
    throw failure("no epoch")
  }

  /// Takes the next message.
  func next() throws -> Happening {
    guard let socket else { throw failure("not connected") }
    switch try socket.receive() {
    case .binary: throw failure("a binary message")
    case .closed(let code, _): return .closed(code: code)
    case .text(let bytes):
      let json = try JSON.parse(bytes)
      if json["offset"] != nil, json["type"] != nil {
        try ledger.take(json)
        return .event
      }
      if json["live"] != nil { return .live }
      if let bye = json["bye"] { return .bye(bye) }
      return .other(json)
    }
  }

  /// Takes what comes until something holds.
  func follow(within time: Duration = .seconds(40), until holds: (Ledger) -> Bool) throws {
    let deadline = ContinuousClock.now + time
    while !holds(ledger) {
      guard ContinuousClock.now < deadline else { throw failure("it took longer than \(time)") }
      if case .closed(let code) = try next() { throw failure("closed with \(code)") }
    }
  }

  /// Messages of the present visit that came compressed.
  var inflatedCount: Int { socket?.inflatedCount ?? 0 }

  func send(_ json: JSON) throws { try socket?.send(json) }

  /// Makes a slow reader.
  func pause(for time: Duration?) { socket?.pause = time }

  /// How a client may leave.
  enum Leaving: CaseIterable { case closing, disappearing, resetting }

  func leave(_ way: Leaving) {
    socket?.leave(way)
    socket = nil
  }

  private func failure(_ text: String) -> ChildProcess.Failure { Self.failure(text) }
  private static func failure(_ text: String) -> ChildProcess.Failure {
    ChildProcess.Failure(description: text)
  }
}

extension WebSocketClient {
  /// Ends the connection in one of the ways in which clients do.
  func leave(_ way: HubClient.Leaving) {
    switch way {
    case .closing: try? close()
    case .disappearing: break
    case .resetting: socket.reset()
    }
    socket.close()
  }
}
