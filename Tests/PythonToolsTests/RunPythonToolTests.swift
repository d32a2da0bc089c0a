import Basics
import Model
import PythonTools
import Sandbox
import TestKit
import Testing
import Tools

/// A host without Python: what needs one is tested with the sandbox itself.
struct RunPythonToolTests {
  private struct Source: PythonSource {
    var rows: [JSON] = []
    var profile: JSON?

    func table(of context: ToolContext) async throws -> TableFile? { nil }
    func rows(of context: ToolContext) async throws -> [JSON] { rows }
    func statistics(of context: ToolContext) async -> JSON? { profile }
  }

  private static func tool(_ source: Source, _ scratch: ScratchFolder) throws -> RunPythonTool {
    let sandbox = try PythonSandbox(
      configuration: SandboxConfiguration(
        worker: [], folder: "\(scratch.path)/python", bubblewrap: [], modules: []),
      log: .silent)
    return RunPythonTool(PythonRunner(sandbox), source: source)
  }

  private static let context = ToolContext(
    run: Identifier("r"), conversation: Identifier("c"),
    agent: AgentReference(id: Identifier("a"), name: "Analyst"), call: 1)

  @Test func `the tool's schema takes its arguments and no others`() throws {
    let schema = try JSONSchema(try Self.tool(Source(), ScratchFolder()).definition.parameters)
    #expect(schema.faults(in: ["code": "x = 1"]) == [])
    #expect(schema.faults(in: ["code": "x = 1", "timeout": 2.5]) == [])
    #expect(schema.faults(in: ["timeout": 5]) != [])
    #expect(schema.faults(in: ["code": "x", "timeout": 100_000]) != [])
  }

  @Test func `without Python the hub's own statistics answer, and say so`() async throws {
    let scratch = ScratchFolder()
    let rows: [JSON] = [["n": 1], ["n": 2], ["n": 6]]
    let tool = try Self.tool(Source(rows: rows, profile: ["row_count": 7]), scratch)
    let answer = try await tool.call(["code": "results = 1"], in: Self.context)
    let json = try JSON.parse(answer.parts.text)
    #expect(json["not_run"]?.string == "Python code cannot be run here: bubblewrap is missing.")
    #expect(json["to_run_it"]?.string == "apt-get install -y bubblewrap")
    #expect(json["statistics"]?["result_df"]?["metrics"]?["n"]?["mean"]?.number == 3)
    #expect(json["statistics"]?["df"]?["row_count"]?.integer == 7)
  }

  @Test(arguments: [1e300, -1e300, 0])
  func `a time limit that nobody has checked ends in an answer`(seconds: Double) async throws {
    let tool = try Self.tool(Source(profile: ["row_count": 7]), ScratchFolder())
    let answer = try await tool.call(["code": "x = 1", "timeout": .number(seconds)], in: Self.context)
    #expect(answer.parts.text.contains("row_count"))
  }

  @Test func `with nothing to tell instead, what is missing is the error`() async throws {
    let scratch = ScratchFolder()
    let tool = try Self.tool(Source(), scratch)
    let error = await #expect(throws: SandboxError.self) {
      try await tool.call(["code": "results = 1"], in: Self.context)
    }
    #expect(error?.code == "python_unavailable")
  }
}
