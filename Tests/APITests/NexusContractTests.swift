import Basics
import TestKit
import Testing

@testable import API

struct NexusContractTests {
  private static func events(_ kind: String, in messages: [JSON]) -> [JSON] {
    messages.filter { $0["type"] == "neural-event" && $0["kind"]?.string == kind }.compactMap { $0["data"] }
  }

  @Test(arguments: ["/", "/ws"])
  func
    `S003-14 S003-15 S003-17 S003-18 two pages get all chunks, which add up to the response, then its completion`(
      path: String
    )
    async throws
  {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent("Nexus Agent")
      let pages = [
        try await SocketClient.open(site, path: path), try await SocketClient.open(site, path: path),
      ]
      let answer = try await site.invoke(agent, "hello")
      for page in pages {
        let messages = try await page.wait("the completion") { $0["kind"] == "agent-response-complete" }
        #expect(page.subprotocol == nil)
        #expect(messages[0]["type"] == "connection")
        #expect(messages[0]["status"] == "connected")
        #expect(messages[0]["timestamp"]?.string?.hasSuffix("Z") == true)
        let chunks = Self.events("agent-response", in: messages)
        #expect(chunks.count > 1)
        #expect(chunks.compactMap { $0["chunk"]?.string }.joined() == answer.json["response"]?.string)
        #expect(chunks.allSatisfy { $0["chunk"]?.string?.isEmpty == false })
        #expect(chunks[0].object?.names == ["agentId", "agentName", "chunk", "conversationId"])
        let completion = try #require(Self.events("agent-response-complete", in: messages).first)
        #expect(
          completion == [
            "agentId": .string(agent), "agentName": "Nexus Agent",
            "response": answer.json["response"] ?? .null,
            "conversationId": answer.json["conversationId"] ?? .null,
            "messageId": answer.json["messageId"] ?? .null,
          ])
      }
    }
  }

  @Test func `S003-19 whatever a page sends is ignored and never ends its socket`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let page = try await SocketClient.open(site)
      page.send("noise {")
      page.send("{\"type\":\"subscribe\"}")
      page.send("")
      _ = try await site.invoke(agent, "hello")
      try await page.wait("the completion") { $0["kind"] == "agent-response-complete" }
      #expect(!page.isEnded)
    }
  }

  @Test func `an answer that breaks off is told and completed, so that its bubble closes`() async throws {
    let upstream = try ScriptedUpstream(Script.head, Script.piece("half"), .close)
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let page = try await SocketClient.open(site)
      #expect(try await site.invoke(agent, "hello").status == 500)
      let messages = try await page.wait("the completion") { $0["kind"] == "agent-response-complete" }
      let error = try #require(Self.events("agent-response-error", in: messages).first)
      #expect(error["error"]?.string?.isEmpty == false)
      let completion = try #require(Self.events("agent-response-complete", in: messages).first)
      #expect(completion["response"] == "half")
      #expect(completion["messageId"] == .null)
      #expect(completion["error"]?.string?.isEmpty == false)
    }
  }

  @Test func `S003-16 S003-21 the root answers a browser with a page and a socket with an upgrade`()
    async throws
  {
    try await HubUnderTest.run { site in
      #expect(try await site.get("/").status == 200)
      #expect(try await site.send("HEAD", "/").status == 200)
      let page = try await SocketClient.open(site)
      try await page.wait("the first frame") { $0["type"] == "connection" }
    }
  }
}
