import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct RatingRoutesTests {
  private static func rate(_ site: HubUnderTest, _ message: String, _ rating: JSON) async throws -> Answer {
    try await site.post("/api/messages/\(message)/rating", ["rating": rating])
  }

  @Test func `S000-36 ratings are stored by message and told by agent and model`() async throws {
    let down = try ScriptedUpstream(.response(#"{"error":{"message":"no"}}"#, status: 403))
    let upstream = try ScriptedUpstream { _ in Script.whole("ok") }
    defer {
      down.stop()
      upstream.stop()
    }
    try await HubUnderTest.run { site in
      let plain = try await site.makeAgent("Plain", asking: upstream)
      let fallback: JSON = [
        ["provider": "openai", "model": "other", "baseUrl": .string(upstream.url + "/v1")]
      ]
      let helped = try await site.makeAgent(
        "Helped", provider: "openai",
        config: ["baseUrl": .string(down.url + "/v1"), "fallbacks": fallback])
      var messages: [String] = []
      for agent in [plain, plain, helped] {
        messages.append(try await site.invoke(agent, "hi").json["messageId"]?.string ?? "")
      }
      let first = try await Self.rate(site, messages[0], "up")
      #expect(first.status == 200 && first.json["agent"] == .string(plain), "\(first.text)")
      #expect(first.json["rating"] == "up" && first.json["model"] == "m" && first.json["agentVersion"] == 1)
      for rating: JSON in ["up", "down"] { _ = try await Self.rate(site, messages[1], rating) }
      #expect(try await Self.rate(site, messages[2], "down").json["model"] == "other")
      let sums = try await site.get("/api/ratings").json["items"]?.array ?? []
      #expect(Set(sums.compactMap { $0["model"]?.string }) == ["m", "other"] && sums.count == 2)
      let own = try await site.get("/api/ratings?agent=\(plain)").json["items"]
      #expect(own?.array?.count == 1 && own?[0]?["up"] == 1 && own?[0]?["down"] == 1)
      #expect(try await site.send("DELETE", "/api/messages/\(messages[1])/rating").status == 204)
      #expect(try await site.get("/api/ratings?agent=\(plain)").json["items"]?[0]?["down"] == 0)
    }
  }

  @Test func `a rating goes with its conversation`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.invoke(try await site.makeDemoAgent(), "hi").json
      _ = try await Self.rate(site, answer["messageId"]?.string ?? "", "up")
      #expect(try await site.get("/api/ratings").json["items"]?.array?.count == 1)
      _ = try await site.send("DELETE", "/api/conversations/\(answer["conversationId"]?.string ?? "")")
      #expect(try await site.get("/api/ratings").json["items"] == [])
    }
  }

  @Test func `what cannot be rated is refused`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.invoke(try await site.makeDemoAgent(), "hi").json
      let messages = try await site.get(
        "/api/conversations/\(answer["conversationId"]?.string ?? "")/messages")
      let question = messages.json["items"]?[0]?["id"]?.string ?? ""
      #expect(try await Self.rate(site, question, "up").code == "message_not_answer")
      #expect(try await Self.rate(site, "none", "up").code == "message_not_found")
      #expect(try await site.send("DELETE", "/api/messages/none/rating").status == 404)
      let message = answer["messageId"]?.string ?? ""
      for wrong: JSON in ["sideways", 1, .null] {
        #expect(try await Self.rate(site, message, wrong).status == 400)
      }
      #expect(try await site.get("/api/ratings").json["items"] == [])
    }
  }
}
