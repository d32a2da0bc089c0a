import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

/// InsightX over real data sets: what the pages do, from the upload to the reloaded chat.
struct InsightXPageFlowTests {
  /// A model that asks what the question says.
  @Sendable private static func brain(_ request: ModelRequest) -> [ScriptedUpstream.Action] {
    if request.system.contains("You decide how") { return Script.whole(#"{"classification":"SQL_ONLY"}"#) }
    if request.system.contains("one SELECT statement") {
      return Script.once("run_sql", ["sql": .string(request.question)], for: request, then: "Done.")
    }
    return Script.whole("{\"text\":\"It is so.\",\"finding\":\"So it is\"}")
  }

  private static func stream(
    _ surface: SurfaceSite, _ message: String, session: String = "test-session", chat: String = "test-chat"
  ) async throws -> SurfaceAnswer {
    try await surface.stream(
      "/api/chat/stream",
      ["session_id": .string(session), "chat_id": .string(chat), "message": .string(message)])
  }

  @Test func `S000-18 S000-24 a session that was never uploaded is answered from the sample`() async throws {
    try await SurfaceSite.run(brain: Self.brain, tools: []) { (surface) async throws in
      let answer = try await Self.stream(surface, "SELECT ROUND(AVG(amount), 2) AS mean FROM transactions")
      let data = answer.event("sql_result")?["data"]
      #expect(data?["rows"]?[0]?["mean"]?.number == 125.5, "\(answer.lines)")
      #expect(answer.types().last == "final_response")
    }
  }

  @Test func `S000-05 a result that is longer than a model may read is shown as far as it goes`() async throws
  {
    try await SurfaceSite.run(brain: Self.brain, tools: []) { (surface) async throws in
      let answer = try await Self.stream(surface, "SELECT * FROM transactions")
      let data = answer.event("sql_result")?["data"]
      #expect(data?["row_count"] == 500 && data?["truncated"] == true)
      #expect((data?["rows"]?.array?.count ?? 0) > 100 && data?["columns"]?.array?.count == 6)
    }
  }

  @Test func `S000-20 S001-19 the pages' flow leaves one question and one answer, which parses`() async throws
  {
    let file = "amount,region\n10,North\n20,South\n30,North\n"
    try await SurfaceSite.run(brain: Self.brain, tools: []) { (surface) async throws in
      let site = surface.site
      let form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sales.csv\"\r\n"
        + "Content-Type: text/csv\r\n\r\n\(file)\r\n--b--\r\n"
      let uploaded = try await site.send(
        "POST", "/api/upload", body: form, fields: ["Content-Type": "multipart/form-data; boundary=b"])
      let session = try #require(uploaded.json["session_id"]?.string)
      #expect(try await site.post("/api/explore/\(session)", [:]).json["status"] == "ready")
      let made = try await site.post("/api/chats", ["session_id": .string(session)])
      let chat = try #require(made.json["id"]?.string)
      let question = "SELECT SUM(amount) AS total FROM transactions"
      _ = try await site.post(
        "/api/messages", ["chat_id": .string(chat), "role": "user", "content": .string(question)])
      let answer = try await Self.stream(surface, question, session: session, chat: chat)
      #expect(answer.event("sql_result")?["data"]?["rows"]?[0]?["total"]?.number == 60)

      let messages = try await site.get("/api/messages/\(chat)").json.array ?? []
      #expect(messages.map { $0["role"] } == ["user", "assistant"])
      let content = try JSON.parse(messages.last?["content"]?.string ?? "")
      #expect(content == answer.event("final_response")?["data"])
      #expect(content["text"] == "It is so." && content["sql_used"] == .string(question))
      let insights = try await site.get("/api/insights/\(session)").json["insights"]
      #expect(insights?[0]?["finding"] == "So it is")
    }
  }

  @Test func `S000-35 what was found in one chat is at hand in another one of the session`() async throws {
    try await SurfaceSite.run(brain: Self.brain, tools: []) { (surface) async throws in
      _ = try await Self.stream(surface, "SELECT 1 AS one", chat: "first")
      let insights = try await surface.site.get("/api/insights/test-session").json["insights"]
      #expect(insights?.array?.count == 1)
      let messages = try await surface.site.get("/api/messages/first").json.array ?? []
      #expect(messages.count == 2)
    }
  }
}
