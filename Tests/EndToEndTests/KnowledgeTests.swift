import Basics
import Glibc
import TestKit
import Testing

/// Documents in the real hub: the command that fills the delivered ones, and a hub that is killed while it indexes.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(3))))
struct KnowledgeTests {
  @Test func `S002-24, S002-25: agenthub index fills every domain once, and what it filled survives`()
    async throws
  {
    try await onThread {
      let folder = ScratchFolder()
      let filled = try HubBinary.run(["index", "--all"], in: folder)
      #expect(filled.ending == .exited(0), "\(filled.errors)")
      for words in [
        "technical: 2 of 2 documents", "\"error 500\" finds", "error-codes.md", "refund-policy.md", "chunks",
      ] {
        #expect(filled.output.contains(words), "\(filled.output)")
      }
      let again = try HubBinary.run(["index", "--domain", "billing"], in: folder)
      #expect(again.ending == .exited(1) && again.errors.contains("has 2 documents already"))
      #expect(
        try HubBinary.run(["index", "--domain", "billing", "--force"], in: folder).ending == .exited(0))
      #expect(try HubBinary.run(["index"], in: folder).ending == .exited(2))
      let hub = try HubBinary(in: folder)
      let answer = try hub.post(
        "/api/knowledge/search", ["collection": "billing_docs", "question": "How long does a refund take?"])
      #expect(answer["hits"]?[0]?["citation"]?["name"] == "refund-policy.md", "\(answer.json.text)")
      #expect(try HubBinary.run(["index", "--all", "--force"], in: folder).ending == .exited(1))
    }
  }

  /// Vectors of four numbers, slowly.
  private static func upstream(_ pause: UInt32) throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      usleep(pause)
      let count = (try? JSON.parse(request.body))?["input"]?.array?.count ?? 0
      let rows = (0..<count).map { #"{"index":\#($0),"embedding":[1,\#($0 % 7),2,0.5]}"# }
      return [.response(#"{"data":[\#(rows.joined(separator: ","))],"usage":{"prompt_tokens":\#(count)}}"#)]
    }
  }

  private static func text(_ word: String) -> String {
    (0..<400).map { "# Part \($0)\n\n\(word) \(String(repeating: "with some more words ", count: 20))" }
      .joined(separator: "\n\n")
  }

  @Test
  func
    `a hub that is killed while it indexes goes on, and the old version answers until the new one is whole`()
    async throws
  {
    let upstream = try Self.upstream(30_000)
    defer { upstream.stop() }
    try await onThread {
      let folder = ScratchFolder()
      let environment = ["OPENAI_BASE_URL": "\(upstream.url)/v1", "OPENAI_API_KEY": "sk-test-0123456789"]
      var hub = try HubBinary(in: folder, environment: environment)
      _ = try hub.post(
        "/api/knowledge/documents",
        ["collection": "docs", "name": "a.md", "text": "# Old\n\nwalnut", "embedder": "openai/m"])
      try Self.wait(for: hub) { $0.allSatisfy { $0["state"] == "done" } }
      let order = try hub.post(
        "/api/knowledge/documents",
        ["collection": "docs", "name": "a.md", "text": .string(Self.text("hazel"))])
      #expect(order.status == 202)
      for round in 0..<3 {
        usleep(60_000)
        hub.killAtOnce()
        hub = try HubBinary(in: folder, environment: environment)
        let hits = try Self.hits(hub)
        #expect(Set(hits.map { $0["citation"]?["version"]?.integer }).count == 1, "round \(round)")
      }
      try Self.wait(for: hub) { $0.allSatisfy { $0["state"] == "done" } }
      let hits = try Self.hits(hub)
      #expect(!hits.isEmpty && hits.allSatisfy { $0["citation"]?["version"] == 2 })
      let collection = try hub.get("/api/knowledge/collections/docs")
      let jobs = try hub.get("/api/knowledge/jobs")["items"]?.array ?? []
      #expect(collection["chunks"] == jobs.first?["chunks"] && collection["documents"] == 1)
    }
  }

  private static func hits(_ hub: HubBinary) throws -> [JSON] {
    try hub.post(
      "/api/knowledge/search", ["collection": "docs", "question": "hazel walnut words", "limit": 20])[
        "hits"]?.array ?? []
  }

  private static func wait(for hub: HubBinary, until holds: ([JSON]) -> Bool) throws {
    let end = ContinuousClock.now + TimeLimit.patience(.seconds(20))
    while !holds(try hub.get("/api/knowledge/jobs")["items"]?.array ?? []) {
      guard ContinuousClock.now < end else { throw ChildProcess.Failure(description: "the jobs did not end") }
      usleep(20_000)
    }
  }
}
