package import Basics
import Model
package import PythonTools
package import Sandbox
package import Tools

/// Gives `run_python` the data set of its conversation as `df`, and the rows of the conversation's last query as `result_df`.
extension DatasetWorkspace: PythonSource {
  package func table(of context: ToolContext) async throws -> TableFile? {
    try await datasets.tableFile(dataset(of: context), tenant: context.tenant)
  }

  package func rows(of context: ToolContext) async throws -> [JSON] {
    try await rowsOfLastQuery(
      for: context.conversation, on: dataset(of: context), tenant: context.tenant)
  }

  package func statistics(of context: ToolContext) async -> JSON? {
    guard let id = try? await dataset(of: context) else { return nil }
    return try? await datasets.statistics(of: id, tenant: context.tenant)
  }

  package func ran(
    _ code: String, since start: ContinuousClock.Instant, with result: Result<PythonAnswer, SandboxError>,
    in context: ToolContext
  ) async {
    guard let id = try? await dataset(of: context) else { return }
    await note(code, result, since: start, on: id, for: Occasion(context))
  }

  private func dataset(of context: ToolContext) async throws -> Identifier<Dataset> {
    try await DatasetScope(datasets).dataset(of: context)
  }
}
