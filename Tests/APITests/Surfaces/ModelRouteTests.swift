import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

/// Which provider the surfaces' first step asks, what the log says of it, and how soon their streams speak.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ModelRouteTests {
  private static let aws = [
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "UPSTREAM",
  ]
  private static let chat: JSON = [
    "message": "Hello", "session_id": "7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b",
  ]

  /// Bedrock fails, OpenAI answers.
  @Sendable private static func brain(_ request: ModelRequest) -> [ScriptedUpstream.Action] {
    if request.path.hasPrefix("/model/") { return [.response(#"{"message":"no access"}"#, status: 403)] }
    return Script.whole(request.system.contains("You route messages") ? "direct" : "Hi.")
  }

  @Test(arguments: [true, false])
  func `S002-01 S002-02 S002-03 S002-04 settings alone decide who routes, and failing Bedrock is no end`(
    hasAWS: Bool
  ) async throws {
    let lines = Recorder<LogEvent>()
    let log = Log(level: .debug) { lines.record($0) }
    try await SurfaceSite.run(brain: Self.brain, providers: hasAWS ? Self.aws : [:], log: log) {
      (surface) async throws in
      let answer = try await surface.site.post("/chat", Self.chat)
      #expect(answer.status == 200 && answer.json["response"] == "Hi.", "\(answer.text)")
      let first = try #require(surface.upstream.requests.first)
      #expect(first.path.hasPrefix("/model/us.amazon.nova-lite-v1") == hasAWS, "\(first.path)")
      let tried = lines.all.filter { $0.message == "Asking a provider" }
      let providers = tried.map { line in line.values.first { $0.name == "provider" }?.value }
      #expect(providers == (hasAWS ? ["bedrock", "openai", "openai"] : ["openai", "openai"]))
      let warned = lines.all.filter { $0.level == .warning && $0.message.contains("falling back") }
      #expect(warned.count == 1, "\(lines.all.map(\.message))")
    }
  }

  private static let question: JSON = [
    "input": ["message": "How many?"],
    "conversation": ["id": "conv-81", "user_id": "u-5", "company_id": "co-2"],
  ]

  @Test func `S004-17 a token leaves as it comes, while the model still writes`() async throws {
    let gate = Gate()
    try await SurfaceSite.run(brain: { request in
      if request.system.contains("You route questions") { return Script.whole("RAG") }
      return Script.gated("First", gate, " and last.")
    }) { (surface) async throws in
      let client = try await SurfaceClient.open(surface.site.port, "/internal/chat/stream", Self.question)
      try await client.wait(for: "First")
      #expect(!gate.isOpened)
      gate.open()
      try await client.wait(for: #""event":"complete""#)
    }
  }

  @Test func `S004-25 each request leaves one line with its ids`() async throws {
    let lines = Recorder<LogEvent>()
    let log = Log(level: .info) { lines.record($0) }
    try await SurfaceSite.run(
      brain: { Script.whole($0.system.contains("You route questions") ? "RAG" : "It is so.") }, log: log
    ) { (surface) async throws in
      for _ in 0..<2 { _ = try await surface.stream("/internal/chat/stream", Self.question) }
      let requests = lines.all.filter { $0.message == "Chat request" }
      #expect(requests.count == 2)
      for line in requests {
        let values = Dictionary(line.values.map { ($0.name, $0.value) }) { $1 }
        #expect(values["client"]?.contains("user_id u-5") == true)
        #expect(values["client"]?.contains("company_id co-2") == true)
        for name in ["request", "run", "conversation"] { #expect(values[name]?.isEmpty == false) }
      }
    }
  }
}
