import Basics
import Model
import TestKit
import Testing
import Tools

@testable import Knowledge

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct RetrieveToolTests {
  private static func context(
    tenant: String = "default", conversation: String = "c", company: String? = nil,
    _ settings: JSONObject = [:]
  ) -> ToolContext {
    ToolContext(
      run: Identifier("r"), conversation: Identifier(conversation),
      agent: AgentReference(id: Identifier("a"), name: "A"),
      tenant: tenant, call: 1, settings: settings,
      parameters: company.map { ["company_id": .string($0)] } ?? [:])
  }

  /// Answers a question as a worker whose entry in `config.tools` has these settings.
  private static func ask(
    _ service: KnowledgeService, _ question: String, conversation: String = "c", _ settings: JSONObject
  ) async throws -> String {
    try await RetrieveTool(service).call(
      ["question": .string(question)], in: context(conversation: conversation, settings)
    ).parts.text
  }

  /// A collection whose vectors are made by the scripted maker: each search is one call of it.
  private static func fill(_ service: KnowledgeService, _ collection: String) async throws {
    try await service.fill(
      collection, ["a.md": "The Starter plan costs $29.", "b.md": "Refunds take 5 to 7 business days."],
      embedder: ScriptedMaker.name)
  }

  @Test(arguments: [("rag", 3), ("hybrid", 1), ("cag", 0)])
  func `S002-20 to S002-23 a worker's mode decides how often three questions search`(
    mode: String, searches: Int
  ) async throws {
    let fixture = KnowledgeFixture()
    try await fixture.use { service in
      try await Self.fill(service, "docs")
      let before = fixture.maker.calls.count
      let settings: JSONObject = ["collection": "docs", "mode": .string(mode), "limit": 3]
      for question in ["What does the Starter plan cost?", "How long does a refund take?", "Starter"] {
        let text = try await Self.ask(service, question, settings)
        #expect(text.contains("$29") || text.contains("business days"))
        if mode != "cag" { #expect(text.hasPrefix("**Source 1: ")) }
      }
      #expect(fixture.maker.calls.count - before == searches)
      _ = try await Self.ask(service, "refund", conversation: "another", settings)
      #expect(fixture.maker.calls.count - before == searches + (mode == "cag" ? 0 : 1))
    }
  }

  @Test func `S002-21 what is not found and what is not there is said in words, and a failure apologizes`()
    async throws
  {
    let fixture = KnowledgeFixture()
    try await fixture.use { service in
      let settings: JSONObject = ["collection": "docs", "mode": "rag"]
      #expect(try await Self.ask(service, "refund", settings).contains("unavailable"))
      try await service.fill("docs", ["a.md": "Refunds take days."])
      #expect(try await Self.ask(service, "xyzzy qwrtp", settings).contains("couldn't find"))
      try await Self.fill(service, "other")
      fixture.maker.fail { _, _ in true }
      let failed = try await Self.ask(service, "refund", ["collection": "other", "mode": "hybrid"])
      #expect(failed.contains("sorry"))
    }
  }

  @Test func `S004-20 five chunks of all documents come with similarity, rank, name and confidence`()
    async throws
  {
    try await KnowledgeFixture().use { service in
      _ = try await service.index(.fieldService, force: false)
      let arguments: JSONObject = [
        "question": "What are the overtime rules?", "collection": "all", "limit": 5,
      ]
      let answer = try JSON.parse(
        try await RetrieveTool(service).call(arguments, in: Self.context(company: "co-2")).parts.text)
      let sources = try #require(answer["sources"]?.array)
      #expect(sources.count == 5 && sources.map { $0["rank"]?.integer } == [1, 2, 3, 4, 5])
      let similarities = sources.compactMap { $0["similarity"]?.number }
      #expect(similarities.count == 5 && similarities.allSatisfy { $0 > 0.33 && $0 <= 1 })
      let mean = similarities.reduce(0, +) / 5
      #expect(abs((answer["confidence"]?.number ?? 0) - mean) < 0.001)
      let text = sources.compactMap { $0["text"]?.string }.joined()
      #expect(
        text.contains("1.5 times") && text.contains("over 40") && text.contains("approval of the supervisor"))
      #expect(sources[0]["name"]?.string?.hasSuffix(".md") == true)
    }
  }

  @Test func `S004-26 a company's own documents are found by its runs only`() async throws {
    try await KnowledgeFixture().use { service in
      try await service.fill("all", ["shared.md": "The depot opens at seven."])
      try await service.fill("all.co-1", ["ours.md": "The depot of company one opens at six."])
      let tool = RetrieveTool(service)
      func names(_ company: String?, _ collection: String = "all", mode: String? = nil) async throws -> String
      {
        var arguments: JSONObject = [
          "question": "When does the depot open?", "collection": .string(collection),
        ]
        arguments["mode"] = mode.map { .string($0) }
        return try await tool.call(arguments, in: Self.context(company: company)).parts.text
      }
      let own = try await names("co-1")
      #expect(own.contains("ours.md") && own.contains("shared.md"))
      for company in [nil, "co-2", "", "../all.co-1"] as [String?] {
        for mode in [nil, "rag", "hybrid", "cag"] as [String?] {
          let text = try await names(company, mode: mode)
          #expect(text.contains("opens at seven") && !text.contains("company one"))
        }
      }
      #expect(try await names("co-1", mode: "hybrid").contains("company one"))
      await #expect(throws: KnowledgeError.notFound(noun: "collection", name: "all.co-1")) {
        try await names("co-2", "all.co-1")
      }
    }
  }

  @Test func `a model gets sources with citations, from the agent's own collection and tenant only`()
    async throws
  {
    try await KnowledgeFixture().use { service in
      let tool = RetrieveTool(service)
      try await service.fill("docs", ["a.txt": "walnut"])
      try await service.fill("secret", ["s.txt": "walnut"])
      func ask(_ arguments: JSONObject, _ context: ToolContext) async throws -> JSON {
        try JSON.parse(try await tool.call(arguments, in: context).parts.text)
      }
      let found = try await ask(["question": "walnut", "collection": "docs"], Self.context())
      #expect(
        found["sources"]?[0]?["citation"]?["name"] == "a.txt" && found["sources"]?[0]?["text"] == "walnut")
      let bound = try await ask(
        ["question": "walnut", "collection": "secret"], Self.context(["collection": "docs"]))
      #expect(bound["collection"] == "docs" && bound["sources"]?[0]?["source"] == 1)
      await #expect(throws: KnowledgeError.notFound(noun: "collection", name: "docs")) {
        try await tool.call(["question": "walnut", "collection": "docs"], in: Self.context(tenant: "other"))
      }
      let nothing = try await tool.call(["question": "xyzzy"], in: Self.context(["collection": "docs"]))
      #expect(nothing.parts.text.contains("couldn't find") && !nothing.isError)
      await #expect(throws: KnowledgeError.self) {
        try await tool.call(["question": "x"], in: Self.context())
      }
    }
  }

  @Test func `an agent's question is asked in its name, and documents in nobody's`() async throws {
    let fixture = KnowledgeFixture()
    try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "walnut"], embedder: ScriptedMaker.name)
      let tool = RetrieveTool(service)
      _ = try await tool.call(["question": "walnut"], in: Self.context(["collection": "docs"]))
      _ = await service.retrieve(
        RetrievalRequest(
          mode: .rag, collection: "docs", session: "s", question: "walnut", agent: Identifier("b")))
      #expect(fixture.maker.agents == [nil, Identifier("a"), Identifier("b")])
    }
  }
}
