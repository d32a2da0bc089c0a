import Basics
import Realtime
import Storage
import TestKit
import Testing

@testable import API

struct SessionFlowTests {
  @Test func `hello, invoke, and every event once and in order`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let client = try await SocketClient.open(site, path: "/ws", subprotocols: "other, agenthub.v1")
      #expect(client.subprotocol == "agenthub.v1")
      let hello = try await client.command(1, "hello", ["client": "test/1"])
      #expect(hello["ok"]?["epoch"]?.string == site.store.epoch)
      let invoked = try await client.command(
        2, "invoke", ["agent": .string(agent), "message": "hi", "key": "k"])
      let run = try #require(invoked["ok"]?["run"]?.string)
      try await client.wait("the run's end") { $0["type"] == "run.completed" && $0["run"]?.string == run }
      let offsets = client.events.compactMap { $0["offset"]?.integer }
      #expect(offsets == Array((offsets.first ?? 0)...(offsets.last ?? 0)))
      let again = try await client.command(
        3, "invoke", ["agent": .string(agent), "message": "hi", "key": "k"])
      #expect(again["ok"]?["run"]?.string == run)
      let stopped = try await client.command(4, "stop", ["run": .string(run)])
      #expect(stopped["ok"]?["status"] == "completed")
      let wrong = try await client.command(5, "dance")
      #expect(wrong["error"]?["code"] == "unknown_command")
    }
  }

  @Test func `who comes back with its last offset gets exactly what it missed`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let first = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      _ = try await first.command(1, "hello")
      _ = try await site.invoke(agent, "one")
      try await first.wait("the end") { $0["type"] == "run.completed" }
      let seen = first.events
      first.disconnect()
      _ = try await site.invoke(agent, "two")
      let cut = seen[seen.count / 2]["offset"] ?? .null
      let second = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      let hello = try await second.command(
        1, "hello", ["resume": ["epoch": .string(site.store.epoch), "offset": cut]])
      #expect(hello["ok"]?["recovered"] == true)
      try await second.wait("live") { $0["live"] != nil }
      _ = try await site.invoke(agent, "three")
      let last = try await site.store.read { try $0.events.head() }
      try await second.wait("the newest") { $0["offset"]?.integer == last }
      let offsets = second.events.compactMap { $0["offset"]?.integer }
      #expect(offsets == Array(((cut.integer ?? 0) + 1)...last))
      let overlap = seen.suffix(from: seen.count / 2 + 1)
      #expect(Array(second.events.prefix(overlap.count)) == Array(overlap))
    }
  }

  @Test func `a conversation can be joined late and left`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "one").json["conversationId"] ?? .null
      let client = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      let reply = try await client.command(1, "subscribe", ["conversation": id, "after": 0])
      #expect(reply["ok"]?["recovered"] == true)
      try await client.wait("live") { $0["live"] != nil }
      let past = client.events.compactMap { $0["seq"]?.integer }
      #expect(past == Array(1...(reply["ok"]?["seq"]?.integer ?? 0)))
      _ = try await site.invoke(agent, "elsewhere")
      _ = try await site.invoke(agent, "here", ["conversationId": id])
      try await client.wait("the second end") { _ in
        client.events.filter { $0["type"] == "run.completed" }.count == 2
      }
      #expect(client.events.allSatisfy { $0["conversation"] == id })
      let missing = try await client.command(2, "subscribe", ["conversation": "nope"])
      #expect(missing["error"]?["code"]?.string?.contains("not_found") == true)
    }
  }

  @Test func `a hub that leaves says so and lets clients come back`() async throws {
    let site = try await HubUnderTest()
    let client = try await SocketClient.open(site, subprotocols: "agenthub.v1")
    let page = try await SocketClient.open(site)
    _ = try await client.command(1, "hello")
    await site.close()
    try await eventually("both are closed") { client.isEnded && page.isEnded }
    #expect(client.closeCode == 4000)
    #expect(client.messages.contains { $0["bye"]?["code"] == 4000 && $0["bye"]?["resume"] == true })
    #expect(page.closeCode == 4000)
    #expect(!page.messages.contains { $0["bye"] != nil })
  }

  @Test func `a foreign subprotocol is refused with the one that is spoken`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.get(
        "/ws",
        fields: [
          "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "graphql-ws",
        ])
      #expect(answer.status == 400)
      #expect(answer.code == "subprotocol_not_supported")
      #expect(answer.json["hint"]?.string?.contains("agenthub.v1") == true)
      let plain = try await site.get("/ws")
      #expect(plain.status == 426)
      #expect(plain.fields["upgrade"] == "websocket")
    }
  }
}
