import Basics
import Model
import Realtime
import Storage
import TestKit
import Testing

@testable import API

/// The customer service end to end: the real routes, the real pipeline, a scripted model.
struct CustomerFlowTests {
  private static let session = "7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b"

  /// A supervisor that goes by one word of the question, and workers that say who they are.
  @Sendable private static func brain(_ request: ModelRequest) -> [ScriptedUpstream.Action] {
    if request.system.contains("You route messages") {
      let routes = ["refund": "billing", "GDPR": "compliance", "company": "general", "crashes": "technical"]
      let label = routes.first { request.question.contains($0.key) }?.value ?? "direct"
      return Script.whole(label)
    }
    let kinds = ["technical support", "billing", "compliance", "company and its services", "host"]
    let kind = kinds.first { request.system.contains($0) } ?? "nobody"
    let name = request.json.text.contains("My name is Ada") ? " Ada" : ""
    return Script.whole("I am ", kind, name, ".")
  }

  private static func body(_ message: String, _ session: String = session) -> JSON {
    ["message": .string(message), "session_id": .string(session)]
  }

  @Test func `S002-06 S002-07 S002-08 S002-10 both modes give the same answer, one whole, one in tokens`()
    async throws
  {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let stream = try await surface.stream(
        "/chat/stream", Self.body("I need a refund", Self.session.uppercased()))
      #expect(stream.status == 200 && stream.strange.isEmpty)
      #expect(stream.fields["content-type"] == "text/event-stream; charset=utf-8")
      #expect(stream.fields["cache-control"] == "no-cache" && stream.fields["connection"] == "close")
      #expect(stream.types().first == "start" && stream.types().last == "done")
      #expect(stream.events.allSatisfy { $0["session_id"] == .string(Self.session) })
      let tokens = stream.events.compactMap { $0["content"]?.string }
      #expect(stream.events.last?["tokens"] == .integer(Int64(tokens.count)))
      #expect((stream.events.last?["time"]?.number ?? 0) > 0)
      let whole = try await surface.site.post("/chat", Self.body("I need a refund", Self.session))
      #expect(whole.status == 200 && whole.json.object?.names == ["response", "session_id"])
      #expect(whole.json["response"]?.string == tokens.joined() && tokens.joined() == "I am billing.")
    }
  }

  @Test(
    arguments: [
      ("The app crashes", "technical support"), ("I need a refund", "billing"),
      ("Delete my data under GDPR", "compliance"), ("Tell me about your company", "company and its services"),
      ("Hello there", "host"),
    ])
  func `S002-19 S002-20 S002-21 S002-22 S002-23 each question finds its specialist`(
    question: String, kind: String
  ) async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.site.post("/chat", Self.body(question))
      #expect(answer.json["response"] == .string("I am \(kind)."))
      let worker = try #require(surface.upstream.requests.last)
      // The specialist has documents before it, the host has none.
      #expect(worker.text.contains("Starter costs") == (kind != "host"))
    }
  }

  @Test
  func `S002-14 S002-17 S002-26 a name told in one mode is known in the other, and not in another session`()
    async throws
  {
    let other = "11111111-1111-4111-8111-111111111111"
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      _ = try await surface.site.post("/chat", Self.body("My name is Ada"))
      let again = try await surface.stream("/chat/stream", Self.body("What is my name?"))
      #expect(again.events.compactMap { $0["content"]?.string }.joined() == "I am host Ada.")
      let stranger = try await surface.site.post("/chat", Self.body("What is my name?", other))
      #expect(stranger.json["response"] == "I am host.")
    }
  }

  @Test func `S002-01 S002-02 without AWS the supervisor answers through OpenAI`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.site.post("/chat", Self.body("Hello"))
      #expect(answer.status == 200)
      #expect(surface.upstream.requests.first.map { ModelRequest($0).json["model"] } == "gpt-4o-mini")
    }
  }

  @Test(arguments: ["/chat", "/chat/stream"])
  func `S002-32 what cannot be is refused with 422 before any stream`(path: String) async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      for body: JSON in [[:], Self.body(""), Self.body("Hi", "no-uuid")] {
        let answer = try await surface.site.post(path, body)
        #expect(answer.status == 422 && answer.json["detail"]?.array?.isEmpty == false)
        #expect(answer.error?.isEmpty == false)
      }
      #expect(surface.upstream.requests.isEmpty)
    }
  }

  @Test(
    arguments: [(401, 500, "Service configuration error"), (400, 500, "AI service error")])
  func `S002-12 S002-31 a failing model is told in both modes`(
    upstream: Int, status: Int, error: String
  ) async throws {
    try await SurfaceSite.run(brain: { _ in
      [.response("{\"error\":{\"message\":\"secret inside\"}}", status: upstream)]
    }) { (surface) async throws in
      let answer = try await surface.site.post("/chat", Self.body("Hello"))
      #expect(
        answer.status == status && answer.error == error && answer.json["session_id"] == .string(Self.session)
      )
      let stream = try await surface.stream("/chat/stream", Self.body("Hello"))
      #expect(stream.types() == ["start", "error"] && stream.events.last?["error"] == .string(error))
      #expect(!answer.text.contains("secret"))
    }
  }

  @Test func `S002-36 what a session cost is found by its id, and is what its calls cost`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      for question in ["Hello", "I need a refund"] {
        _ = try await surface.site.post("/chat", Self.body(question))
      }
      let other = "11111111-1111-4111-8111-111111111111"
      _ = try await surface.site.post("/chat", Self.body("Hello", other))
      let thread = try await surface.site.get("/api/threads/customer/\(Self.session)")
      let conversation = thread.json["conversation"]?.string ?? ""
      let sum = try await surface.site.get("/api/conversations/\(conversation)/usage").json
      // Each question takes the supervisor and a specialist.
      #expect(sum["runs"] == 2 && sum["inputTokens"] == 48 && sum["outputTokens"] == 20, "\(sum.text)")
      #expect(sum["cost"] == .number(0.000128) && sum["unpricedRuns"] == 0)
      #expect(try await surface.site.get("/api/threads/customer/none").code == "thread_not_found")
    }
  }

  @Test func `S002-16 every event has the members of its type, and no type is strange`() async throws {
    let members = [
      "start": ["type", "session_id"], "token": ["type", "content", "session_id"],
      "done": ["type", "session_id", "tokens", "time"], "error": ["type", "error", "session_id", "detail"],
    ]
    try await SurfaceSite.run(brain: { request in
      if request.question.contains("fail") { return [.response("{}", status: 400)] }
      return Self.brain(request)
    }) { (surface) async throws in
      for question in ["Hello", "Please fail"] {
        let stream = try await surface.stream("/chat/stream", Self.body(question))
        #expect(stream.strange.isEmpty && stream.events.count == stream.lines.count)
        for event in stream.events {
          let expected = members[event["type"]?.string ?? ""]
          #expect(expected.map(Set.init) == event.object.map { Set($0.names) }, "\(event.text)")
        }
      }
    }
  }

  @Test func `S002-12 a model that breaks off in the middle gives an error and no done`() async throws {
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You route messages")
        ? Script.whole("direct") : [Script.head, Script.piece("Half of"), .reset]
    }) { (surface) async throws in
      let stream = try await surface.stream("/chat/stream", Self.body("Hello"))
      #expect(stream.types().contains("token") && stream.types().last == "error")
      #expect(!stream.types().contains("done"))
    }
  }

  @Test func `S002-30 the first token leaves while the model still writes`() async throws {
    let gate = Gate()
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You route messages")
        ? Script.whole("direct") : Script.gated("First", gate, " and last.")
    }) { (surface) async throws in
      let socket = try await SurfaceClient.open(surface.site.port, "/chat/stream", Self.body("Hello"))
      try await socket.wait(for: "First")
      #expect(!gate.isOpened)
      gate.open()
      try await socket.wait(for: "\"done\"")
    }
  }

  @Test(arguments: [SurfaceClient.Leave.reset, .close])
  func `S002 who leaves ends the call of the model`(leave: SurfaceClient.Leave) async throws {
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You route messages")
        ? Script.whole("direct") : [Script.head, Script.piece("First"), .stall]
    }) { (surface) async throws in
      _ = try await SurfaceClient.open(
        surface.site.port, "/chat/stream", Self.body("Hello"), leavingAfter: "First", by: leave)
      try await eventually("the model's connection is closed") { surface.upstream.closedByPeer > 0 }
      try await eventually("the run is stopped") {
        let runs = try await surface.site.get("/api/runs")
        return runs.json["items"]?.array?.allSatisfy { $0["status"] != "running" } == true
      }
    }
  }

  @Test func `who has only said everything still reads the whole answer`() async throws {
    let gate = Gate()
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You route messages")
        ? Script.whole("direct") : Script.gated("First", gate, " and last.")
    }) { (surface) async throws in
      let client = try await SurfaceClient.open(
        surface.site.port, "/chat/stream", Self.body("Hello"), leavingAfter: "First", by: .finishSending)
      try await client.wait(for: "\r\n:\n")
      gate.open()
      try await client.wait(for: "\"done\"")
    }
  }

  @Test(arguments: ["/chat", "/chat/stream"])
  func `S002-19 the log tells who answered whom, and how long it took`(path: String) async throws {
    let lines = Recorder<LogEvent>()
    let log = Log(level: .info) { lines.record($0) }
    try await SurfaceSite.run(
      brain: { Script.whole($0.system.contains("You route messages") ? "billing" : "It is 29.") }, log: log
    ) { (surface) async throws in
      _ = try await surface.site.post(path, Self.body("How much?"))
      let line = try #require(lines.all.first { $0.message == "Chat over" })
      let values = Dictionary(line.values.map { ($0.name, $0.value) }) { $1 }
      #expect(values["route"] == "billing" && values["status"] == "completed")
      #expect(values["client"]?.hasPrefix("session_id ") == true)
      #expect(values["seconds"].flatMap(Double.init).map { $0 >= 0 } == true)
    }
  }

  @Test func `S000-30 a model that thinks long is bridged by comments`() async throws {
    let gate = Gate()
    var hub = HubConfiguration()
    hub.keepAlive = 20_000_000
    try await SurfaceSite.run(
      brain: { request in
        request.system.contains("You route messages")
          ? Script.whole("direct") : [Script.head, .waitFor(gate), Script.piece("At last.")] + Script.finish
      }, hub: hub
    ) { (surface) async throws in
      let socket = try await SurfaceClient.open(surface.site.port, "/chat/stream", Self.body("Hello"))
      try await socket.wait(for: "\r\n:\n")
      gate.open()
      try await socket.wait(for: "\"done\"")
    }
  }
}
