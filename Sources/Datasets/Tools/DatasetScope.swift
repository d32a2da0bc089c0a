package import Basics
package import Model
import Storage
package import Tools

/// Which data set a tool's call is about.
///
/// The one that the call's conversation is about; else the one of the agent's settings (`{"dataset": "…"}` in its entry of `config.tools`); else
/// the sample. A model cannot name another.
package struct DatasetScope: Sendable {
  let service: DatasetService

  package init(_ service: DatasetService) { self.service = service }

  /// The data set that a call is about; its id need not be one that was uploaded.
  package func dataset(of context: ToolContext) async throws -> Identifier<Dataset> {
    let linked = try await service.store.read {
      try $0.datasets.dataset(of: context.conversation, tenant: context.tenant)
    }
    return linked ?? context.settings["dataset"]?.string.map { Identifier($0) } ?? SampleDataset.id
  }
}
