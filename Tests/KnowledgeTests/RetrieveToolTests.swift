import Basics
import Model
import TestKit
import Testing
import Tools

@testable import Knowledge

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct RetrieveToolTests {
  private static func context(tenant: String = "default", _ settings: JSONObject = [:]) -> ToolContext {
    ToolContext(
      run: Identifier("r"), conversation: Identifier("c"),
      agent: AgentReference(id: Identifier("a"), name: "A"),
      tenant: tenant, call: 1, settings: settings)
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
