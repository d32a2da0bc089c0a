import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

/// Field service end to end: the real routes, the real pipeline, a scripted model.
struct FieldServiceFlowTests {
  @Sendable private static func brain(_ request: ModelRequest) -> [ScriptedUpstream.Action] {
    if request.system.contains("You route questions") {
      return Script.whole(request.question.contains("overtime") ? "RAG" : "SQL")
    }
    if request.system.contains("technicians, jobs") {
      guard let result = request.toolResult else {
        return Script.calls("query_field_service", ["sql": "SELECT COUNT(*) AS n FROM technicians"])
      }
      return Script.whole("There are 10, ", "says ", result.contains("co-2") ? "co-2." : "nobody.")
    }
    return Script.whole("Over 40 hours it is 1.5 times.")
  }

  private static func body(
    _ message: String, company: String = "co-2", conversation: String = "conv-81"
  ) -> JSON {
    [
      "input": ["message": .string(message)],
      "conversation": [
        "id": .string(conversation), "user_id": "u-5", "company_id": .string(company),
      ],
    ]
  }

  @Test func `S004-06 S004-09 S004-12 S004-13 S004-19 a question about data comes to the company's tables`()
    async throws
  {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream(
        "/internal/chat/stream", Self.body("How many active technicians?"))
      #expect(answer.status == 200 && answer.strange.isEmpty)
      let events = answer.types("event")
      #expect(events.prefix(2) == ["tool_start", "route_decision"] && events.last == "complete")
      #expect(answer.events[0]["tool"] == "sql_agent" && answer.events[1]["route"] == "sql")
      let final = answer.events.filter { $0["channel"] == "final" }.compactMap { $0["content"]?.string }
      #expect(final.joined() == "There are 10, says co-2.")
      let stats = answer.events.last?["stats"]
      let tokens = events.count { $0 == "token" }
      #expect(stats == ["tokens": .integer(Int64(tokens)), "conversation_id": "conv-81"])
      #expect(!answer.lines.contains { $0.contains("null") || $0.contains("classify") })
    }
  }

  @Test func `S004-10 S004-20 a question about rules is answered from documents`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream(
        "/internal/chat/stream", Self.body("What are the overtime rules?"))
      #expect(answer.events[0]["tool"] == "rag_agent" && answer.events[1]["route"] == "rag")
      #expect(surface.upstream.requests.last?.text.contains("Starter costs") == true)
    }
  }

  @Test func `S004-26 S004-27 a second question sees the first, and another company's never does`()
    async throws
  {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      _ = try await surface.stream("/internal/chat/stream", Self.body("Remember the word walrus"))
      _ = try await surface.stream("/internal/chat/stream", Self.body("What was it?"))
      #expect(surface.upstream.requests.suffix(2).contains { $0.text.contains("walrus") })
      let before = surface.upstream.requests.count
      _ = try await surface.stream("/internal/chat/stream", Self.body("What was it?", company: "co-3"))
      #expect(!surface.upstream.requests.dropFirst(before).contains { $0.text.contains("walrus") })
    }
  }

  @Test func `S004-07 S004-08 what cannot be is refused with 422 before the stream`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      for body: JSON in [[:], Self.body(""), Self.body(String(repeating: "x", count: 2001))] {
        let answer = try await surface.site.post("/internal/chat/stream", body)
        #expect(answer.status == 422 && answer.json.object?.names == ["detail"])
      }
      let longest = try await surface.stream(
        "/internal/chat/stream", Self.body(String(repeating: "x", count: 2000)))
      #expect(longest.types("event").last == "complete")
    }
  }

  @Test func `S004-14 a model that fails from the start is an error, one that fails later an apology`()
    async throws
  {
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You route questions") && !request.question.contains("broken")
        ? Script.whole("SQL") : [.response("{\"error\":{\"message\":\"x\"}}", status: 400)]
    }) { (surface) async throws in
      let early = try await surface.stream(
        "/internal/chat/stream", Self.body("It is broken", conversation: "a"))
      #expect(early.types("event") == ["error"])
      let late = try await surface.stream("/internal/chat/stream", Self.body("How many?", conversation: "b"))
      let final = late.events.filter { $0["channel"] == "final" }.compactMap { $0["content"]?.string }
      #expect(final.count == 1 && final[0].contains("went wrong"), "\(final)")
      #expect(late.types("event").last == "complete")
    }
  }

  @Test func `S004-32 the pages' stream has words for people`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream("/fsia/chat/stream", Self.body("How many technicians?"))
      #expect(answer.events.first == ["token": "Querying database", "type": "tool_call"])
      let final = answer.events.filter { $0["type"] == "final_answer" }.compactMap { $0["token"]?.string }
      #expect(final.joined() == "There are 10, says co-2." && answer.events.last?["done"] == true)
    }
  }
}
