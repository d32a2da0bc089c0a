import Basics
import TestKit
import Testing

@testable import API

struct PresenceFlowTests {
  @Test func `people on all loops see each other come, write and leave`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "hi").json["conversationId"] ?? .null
      var clients: [SocketClient] = []
      for number in 0..<6 {
        let client = try await SocketClient.open(site, subprotocols: "agenthub.v1")
        _ = try await client.command(
          1, "hello", ["name": .string("person \(number)"), "capabilities": ["presence", "typing"]])
        _ = try await client.command(2, "subscribe", ["conversation": id, "after": 0])
        clients.append(client)
      }
      for client in clients {
        try await Self.see("presence", count: 6, client)
        let connections = client.messages.last { $0["type"] == "presence" }?["present"]?.array ?? []
        #expect(Set(connections.compactMap { $0["connection"]?.string?.prefix(3) }) == ["c0-", "c1-"])
      }
      _ = try await clients[0].command(3, "typing", ["conversation": id, "state": true])
      for client in clients { try await Self.see("typing", count: 1, client) }
      clients[0].disconnect()
      for client in clients.dropFirst() {
        try await Self.see("typing", count: 0, client)
        try await Self.see("presence", count: 5, client)
        let offsets = client.events.compactMap { $0["offset"]?.integer }
        #expect(offsets == offsets.sorted() && Set(offsets).count == offsets.count)
      }
    }
  }

  /// Waits until the last frame of a kind tells so many.
  private static func see(_ kind: String, count: Int64, _ client: SocketClient) async throws {
    try await eventually("\(count) in \(kind)") {
      client.messages.last { $0["type"]?.string == kind }?["count"]?.integer == count
    }
  }
}
