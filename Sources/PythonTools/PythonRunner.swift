package import Basics
package import Sandbox
import Tables

/// Runs Python code, or — on a host where that is not possible — lets the hub's own statistics answer, and says so.
package struct PythonRunner: Sendable {
  private let sandbox: PythonSandbox

  package init(_ sandbox: PythonSandbox) { self.sandbox = sandbox }

  /// Runs code once.
  ///
  /// - Parameter statistics: what is known of the call's data set without Python; asked only when that is needed.
  /// - Throws: what `PythonSandbox.run` throws; `python_unavailable` only when there is nothing to tell instead.
  package func run(
    _ call: PythonCall, statistics: @Sendable () async -> JSON? = { nil }
  ) async throws(SandboxError) -> PythonAnswer {
    do {
      return .computed(try await sandbox.run(call))
    } catch {
      guard error.kind == .unavailable else { throw error }
      var found: JSONObject = [:]
      if let rows = ColumnTable(rows: call.rows) { found["result_df"] = StatisticsReport.report(of: rows) }
      if let table = await statistics() { found["df"] = table }
      guard !found.isEmpty else { throw error }
      return .statistics(found, because: error)
    }
  }
}

/// What came of Python code.
package enum PythonAnswer: Equatable, Sendable {
  /// The code ran.
  case computed(PythonOutcome)
  /// The code did not run, for this reason; instead, statistics of `df` and `result_df`, as far as there are any.
  case statistics(JSONObject, because: SandboxError)

  /// The answer as models and clients read it. One that did not run says so in its first member.
  package var json: JSONObject {
    switch self {
    case .computed(let outcome): outcome.value
    case .statistics(let found, let error):
      [
        "not_run": .string(error.message), "to_run_it": error.hint.map { .string($0) } ?? .null,
        "statistics": .object(found),
      ]
    }
  }
}
