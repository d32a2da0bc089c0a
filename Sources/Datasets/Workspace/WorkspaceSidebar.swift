package import Basics
package import Model
import Storage

/// What stands beside a data set: the code of the moment, and what was run before.
package struct WorkspaceSidebar: Equatable, Sendable {
  package let dataset: Identifier<Dataset>
  package let filename: String
  package let profile: JSON?
  package let row: DatasetSidebar
  /// The oldest first.
  package let queries: [CodeExecution]
  package let pythonRuns: [CodeExecution]
}

extension DatasetWorkspace {
  /// The sidebar of an id; nil when there is neither a data set nor code that was run for it.
  package func sidebar(
    of id: Identifier<Dataset>, tenant: String = "default"
  ) async throws -> WorkspaceSidebar? {
    let profile = try await datasets.knownProfile(id, tenant: tenant)
    return try await datasets.store.read { store in
      let dataset = try store.datasets.get(id, tenant: tenant)
      let row = try store.workspaces.sidebar(of: id, tenant: tenant)
      let empty = dataset.map {
        DatasetSidebar(id: $0.id.text, createdAt: $0.createdAt, updatedAt: $0.updatedAt)
      }
      guard let row = row ?? empty else { return nil }
      return WorkspaceSidebar(
        dataset: id, filename: dataset?.filename ?? SampleDataset.filename, profile: profile, row: row,
        queries: try store.workspaces.executions(on: id, .sql, tenant: tenant),
        pythonRuns: try store.workspaces.executions(on: id, .python, tenant: tenant))
    }
  }
}
