package import Basics
package import Model
package import Sandbox
package import Tools

/// What a call of `run_python` is about; who keeps data sets tells.
package protocol PythonSource: Sendable {
  /// The data set of the call's conversation, or nil.
  func table(of context: ToolContext) async throws -> TableFile?
  /// The rows of the run's last query, objects by column; none without one.
  func rows(of context: ToolContext) async throws -> [JSON]
  /// What is known of the data set without Python, its profile for instance.
  func statistics(of context: ToolContext) async -> JSON?
  /// Told after each run of code, whatever came of it.
  func ran(
    _ code: String, since start: ContinuousClock.Instant, with result: Result<PythonAnswer, SandboxError>,
    in context: ToolContext
  ) async
}

extension PythonSource {
  /// Nobody wants to know.
  package func ran(
    _ code: String, since start: ContinuousClock.Instant, with result: Result<PythonAnswer, SandboxError>,
    in context: ToolContext
  ) {}
}

/// For conversations that are about no data set: `df` and `result_df` are not there.
package struct NoTable: PythonSource {
  package init() {}

  package func table(of context: ToolContext) -> TableFile? { nil }

  package func rows(of context: ToolContext) -> [JSON] { [] }

  package func statistics(of context: ToolContext) -> JSON? { nil }
}

/// `run_python`: code on the conversation's data set and the rows of the last query, in a sandbox.
package struct RunPythonTool: Tool {
  private let runner: PythonRunner
  private let source: any PythonSource

  /// Seconds that code may take when nothing is said, and at most.
  private static let usualSeconds = 10.0
  private static let mostSeconds = 120.0

  package init(_ runner: PythonRunner, source: any PythonSource) {
    self.runner = runner
    self.source = source
  }

  package var definition: ToolDefinition {
    ToolDefinition(
      name: "run_python",
      description: """
        Runs Python on the data set and returns what the code leaves in the variable results, or the JSON it prints. Given: df (the data \
        set as a pandas frame), result_df (the rows of the last query), pd, np, stats (scipy.stats), math, json. Only pandas, numpy, scipy, \
        math, statistics and json can be imported; there are no files and no network.
        """,
      parameters: [
        "type": "object",
        "properties": [
          "code": [
            "type": "string", "description": "Python code; put what matters into a dict named results.",
          ],
          "timeout": [
            "type": "number", "minimum": 0.1, "maximum": .number(Self.mostSeconds),
            "description": "Seconds the code may take; 10 when left out.",
          ],
        ],
        "required": ["code"],
      ])
  }

  /// The time limit is the code's own; this one also covers a start and the reading of the data set.
  package var terms: ToolTerms { ToolTerms(timeLimit: .seconds(Self.mostSeconds + 120)) }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    // Within the bounds also when nobody has held the arguments against the schema.
    let seconds = min(max(arguments["timeout"]?.number ?? Self.usualSeconds, 0), Self.mostSeconds)
    let call = PythonCall(
      code: arguments["code"]?.string ?? "", timeout: .milliseconds(Int(seconds * 1000)),
      table: try await source.table(of: context), rows: try await source.rows(of: context))
    let start = ContinuousClock.now
    let result: Result<PythonAnswer, SandboxError>
    do throws(SandboxError) {
      result = .success(try await runner.run(call) { [source] in await source.statistics(of: context) })
    } catch {
      result = .failure(error)
    }
    await source.ran(call.code, since: start, with: result, in: context)
    return .json(.object(try result.get().json))
  }
}
