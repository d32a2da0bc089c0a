import Basics
import Glibc
import Realtime
import TestKit
import Testing
import Wire

@testable import API

/// Heartbeats over real sockets. The hub looks once a second, whatever the interval.
struct HeartbeatFlowTests {
  private static let v1 = "Sec-WebSocket-Protocol: agenthub.v1\r\n"

  private static func run(
    _ body: @escaping @Sendable (RawSocket, HubUnderTest) throws -> Void, _ fields: String
  )
    async throws
  {
    var api = APIConfiguration()
    api.allowedHosts = ["test"]
    var hub = HubConfiguration()
    hub.heartbeat = Heartbeat.Timing(interval: 300_000_000, patience: 600_000_000)
    try await HubUnderTest.run(api, hub: hub) { site in
      try await onThread {
        let socket = try RawSocket(port: site.port, patience: .seconds(20))
        #expect(try socket.openWebSocket("/ws", fields: fields).status == 101)
        try body(socket, site)
      }
    }
  }

  @Test(arguments: ["", v1])
  func `Who stops answering, without a word, is found in time`(fields: String) async throws {
    try await Self.run(
      { socket, site in
        let start = ContinuousClock.now
        var pings = (protocol: 0, own: 0)
        while true {
          let frame = try socket.receiveFrame()
          if frame.first == 0x89 { pings.protocol += 1 }
          if frame.first == 0x81, let json = try? JSON.parse(frame.payload), let ping = json["ping"] {
            pings.own += 1
            // Nothing has happened since the agents were stored.
            #expect((ping["offset"]?.integer ?? 0) > 0)
          }
          guard frame.first == 0x88 else { continue }
          #expect(frame.closeCode == 4004)
          break
        }
        #expect(pings.protocol >= 1)
        #expect((pings.own > 0) == !fields.isEmpty, "a foreign surface knows no pings of ours")
        // Interval and patience, and twice the second between two looks.
        #expect(ContinuousClock.now - start < TimeLimit.of(.seconds(4)))
      }, fields)
  }

  @Test func `Who is sending a large message is alive, though its pongs wait behind it`() async throws {
    try await Self.run(
      { socket, _ in
        let message = Array(
          "{\"id\":1,\"command\":\"hello\",\"client\":\"\(String(repeating: "x", count: 45))\"}".utf8)
        let frame = WebSocketFrame.text(message, mask: 0x0102_0304)
        // One byte at a time, for four seconds.
        let start = ContinuousClock.now
        for (index, byte) in frame.enumerated() {
          try socket.send([byte])
          let due = start + .seconds(4) * (index + 1) / frame.count
          while ContinuousClock.now < due { usleep(1000) }
        }
        while true {
          let frame = try socket.receiveFrame()
          try #require(frame.first != 0x88, "closed with \(frame.closeCode ?? 0)")
          guard frame.first == 0x81, let json = try? JSON.parse(frame.payload), json["reply"] == 1 else {
            continue
          }
          #expect(json["ok"] != nil)
          return
        }
      }, Self.v1)
  }
}
