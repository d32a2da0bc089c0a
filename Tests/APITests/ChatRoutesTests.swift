import Basics
import Model
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ChatRoutesTests {
  @Test func `chats begin, are listed, and take messages in their client's words`() async throws {
    try await HubUnderTest.run { site in
      let session = try await site.session(of: fiftyPayments)
      let made = try await site.post("/api/chats", ["session_id": .string(session)])
      #expect(made.status == 200, "\(made.text)")
      #expect(made.json.object?.names == ["id", "session_id", "title", "created_at"])
      #expect(made.json["title"] == "New Chat" && made.json["session_id"]?.string == session)
      let chat = try #require(made.json["id"])
      let second = try await site.post("/api/chats", ["session_id": .string(session), "title": "Why?"])
      let list = try await site.get("/api/chats/\(session)")
      #expect(list.json.array?.map { $0["id"] } == [second.json["id"], chat])
      #expect(try await site.get("/api/chats/none").json == [])
      let untitled = try await site.post("/api/chats", ["session_id": "other", "title": .null])
      #expect(untitled.json["title"] == "New Chat", "\(untitled.text)")

      let question = try await site.post(
        "/api/messages", ["chat_id": chat, "role": "user", "content": "Which region leads?"])
      #expect(question.status == 200, "\(question.text)")
      #expect(question.json.object?.names == ["id", "chat_id", "role", "content", "created_at"])
      let object: JSON = ["text": "**North** leads.", "metrics": ["north": 14], "follow_ups": ["Why?"]]
      let answer = try await site.post(
        "/api/messages", ["chat_id": chat, "role": "orchestrator", "content": object])
      #expect(answer.json["content"]?.string == object.text && answer.json["role"] == "orchestrator")
      let messages = try await site.get("/api/messages/\(chat.string ?? "")")
      #expect(messages.json.array?.map { $0["role"] } == ["user", "orchestrator"])
      #expect(messages.json.array?.map { $0["content"]?.string } == ["Which region leads?", object.text])
      #expect(messages.json[0]?["id"] == question.json["id"])

      // The hub's own surface shows the same messages as people read them.
      let own = try await site.get("/api/conversations/\(chat.string ?? "")/messages")
      #expect(own.json["items"]?.array?.map { $0["text"] } == ["Which region leads?", "**North** leads."])
    }
  }

  @Test func `the newest messages of all chats of a session, as many as asked for`() async throws {
    try await HubUnderTest.run { site in
      for chat in 0..<2 {
        let id = try await site.post("/api/chats", ["session_id": "s"]).json["id"] ?? .null
        for turn in 0..<4 {
          _ = try await site.post(
            "/api/messages", ["chat_id": id, "role": "user", "content": .string("\(chat).\(turn)")])
        }
      }
      func contents(_ query: String) async throws -> [String] {
        try await site.get("/api/messages/session/s\(query)").json.array?.compactMap { $0["content"]?.string }
          ?? []
      }
      #expect(try await contents("") == ["0.3", "1.0", "1.1", "1.2", "1.3"])
      #expect(try await contents("?limit=2") == ["1.2", "1.3"])
      #expect(try await contents("?limit=100").count == 8)
      #expect(try await site.get("/api/messages/session/s?limit=0").status == 400)
      #expect(try await site.get("/api/messages/session/none").json == [])
    }
  }

  @Test func `a chat that is not there takes no message, and a deleted session no chat`() async throws {
    try await HubUnderTest.run { site in
      let missing = try await site.post("/api/messages", ["chat_id": "none", "role": "user", "content": nil])
      #expect(missing.status == 404 && missing.json["detail"] == "Chat not found")
      #expect(try await site.get("/api/messages/none").json == [])
      let session = try await site.session(of: fiftyPayments)
      _ = try await site.send("DELETE", "/api/session/\(session)")
      let chat = try await site.post("/api/chats", ["session_id": .string(session)])
      #expect(chat.status == 404 && chat.json["detail"] == "Session not found")
      #expect(try await site.post("/api/chats", ["session_id": "test-session"]).status == 200)
    }
  }
}
