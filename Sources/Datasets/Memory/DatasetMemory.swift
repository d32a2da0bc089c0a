package import Basics
package import Model
import Storage

/// What is remembered of a data set across its chats and across restarts.
package struct DatasetMemory: Equatable, Sendable {
  /// The oldest first.
  package let insights: [JSON]
  package let block: ContextBlock
  /// Nil while little was said.
  package let summary: RunningSummary?
}

extension DatasetService {
  /// Messages that a summary looks at, the newest; as many as a talk has in days.
  private static let summarized = 500

  /// Everything that is remembered of the data set that an id stands for; what was said and found belongs to the id itself.
  ///
  /// - Throws: `dataset_not_found`.
  package func memory(of id: Identifier<Dataset>, tenant: String = "default") async throws -> DatasetMemory {
    let subject = try await resolve(id, tenant: tenant)
    let owner = subject == id ? tenant : SampleDataset.tenant
    let profile = try await explore(subject, tenant: owner)
    return try await store.read { store in
      let dataset = try store.datasets.get(subject, tenant: owner)
      let messages = try store.chats.messages(about: id, limit: Self.summarized, tenant: tenant)
      let columns = profile["columns"]?.array?.compactMap { $0["name"]?.string } ?? []
      return DatasetMemory(
        insights: try store.datasets.insights(of: id, tenant: tenant),
        block: ContextBlock(
          filename: dataset?.filename ?? SampleDataset.filename, rowCount: dataset?.rowCount,
          columns: columns, messages: messages),
        summary: RunningSummary(
          of: messages, queryCount: try store.workspaces.countExecutions(on: id, .sql, tenant: tenant),
          pythonCount: try store.workspaces.countExecutions(on: id, .python, tenant: tenant)))
    }
  }
}
