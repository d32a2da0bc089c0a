import TestKit
import Testing
import Wire

/// Random walks of a client and a server over two wires that cut bytes anywhere.
struct WebSocketPropertyTests {
  private struct End {
    var machine: WebSocketConnectionMachine
    let mask: UInt32?
    var received: [[UInt8]] = []
    var pongs: [[UInt8]] = []
    var ending: WebSocketEnding?
    /// Bytes on their way to the other end.
    var outbound: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) {
      var position = 0
      while let action = machine.received(bytes.span, from: &position) {
        switch action {
        case .text(let message), .binary(let message): received.append(message)
        case .compressed: Issue.record("nothing was agreed on")
        case .sendPong(let frame): outbound += frame
        case .pong(let payload): pongs.append(payload)
        case .close(let ending):
          #expect(self.ending == nil)
          self.ending = ending
          outbound += ending.frame ?? []
        }
      }
    }

    /// Sends a message in random fragments, with pings between them.
    mutating func send(_ message: [UInt8], isText: Bool, _ random: inout SeededGenerator) -> [[UInt8]] {
      var rest = message[...]
      var pings: [[UInt8]] = []
      var opcode: WebSocketOpcode = isText ? .text : .binary
      repeat {
        let isLast = Int.random(in: 0...2, using: &random) == 0
        let piece = isLast ? rest : rest.prefix(Int.random(in: 0...200, using: &random))
        rest = rest.dropFirst(piece.count)
        outbound += WebSocketFrame.encode(opcode, Array(piece), isFinal: isLast, mask: mask)
        opcode = .continuation
        if isLast { return pings }
        if Bool.random(using: &random) {
          pings.append(random.bytes(Int.random(in: 0...125, using: &random)))
          outbound += WebSocketFrame.ping(pings[pings.count - 1], mask: mask)
        }
      } while true
    }
  }

  private static func move(_ from: inout End, _ to: inout End, _ random: inout SeededGenerator) {
    let count = min(from.outbound.count, Int.random(in: 0...400, using: &random))
    to.take(Array(from.outbound.prefix(count)))
    from.outbound.removeFirst(count)
  }

  @Test(arguments: 0..<200)
  func `all messages arrive whole and both ends close cleanly`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let mask = UInt32(truncatingIfNeeded: random.next())
    var server = End(machine: WebSocketConnectionMachine(), mask: nil)
    var client = End(machine: WebSocketConnectionMachine(role: .client(mask: mask)), mask: mask)
    var (toServer, toClient, pings): ([[UInt8]], [[UInt8]], [[UInt8]]) = ([], [], [])
    for _ in 0..<20 {
      let isText = Bool.random(using: &random)
      let size = Int.random(in: 0...900, using: &random)
      let message = isText ? Array(String(repeating: "aé🦙", count: size / 8).utf8) : random.bytes(size)
      if Bool.random(using: &random) {
        pings += client.send(message, isText: isText, &random)
        toServer.append(message)
      } else {
        _ = server.send(message, isText: isText, &random)
        toClient.append(message)
      }
      Self.move(&client, &server, &random)
      Self.move(&server, &client, &random)
    }
    for _ in 0..<10_000 where !client.outbound.isEmpty || !server.outbound.isEmpty {
      Self.move(&client, &server, &random)
      Self.move(&server, &client, &random)
    }
    client.outbound += client.machine.close(1000, reason: "done") ?? []
    for _ in 0..<1000 where client.ending == nil {
      Self.move(&client, &server, &random)
      Self.move(&server, &client, &random)
    }
    #expect(server.received == toServer)
    #expect(client.received == toClient)
    #expect(client.pongs == pings)
    #expect(server.ending?.code == .normal)
    #expect(server.ending?.reason == "done")
    #expect(client.ending?.code == .normal)
    #expect(client.ending?.frame == nil)
  }

  @Test(arguments: 0..<300)
  func `random bytes end the connection at most once`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var end = End(machine: WebSocketConnectionMachine(), mask: nil)
    for _ in 0..<50 {
      // Mostly plausible headers, so that the walk gets past the first byte.
      let opcode: UInt8 = [0x01, 0x81, 0x82, 0x80, 0x89, 0x8A, 0x88, 0x00].randomElement(using: &random) ?? 0
      let length = UInt8.random(in: 0...130, using: &random)
      end.take([opcode, 0x80 | length & 0x7F] + random.bytes(4 + Int(length & 0x7F)))
    }
    if end.ending == nil { #expect(end.machine.peerFinished() != nil) }
    #expect(end.machine.peerFinished() == nil)
    #expect(!end.machine.isOpen)
  }
}
