package import Basics
package import Datasets
package import Knowledge
package import Pipelines
package import Realtime
package import Storage
import Synchronization

/// What an operator decides about the surfaces.
package struct APIConfiguration: Sendable {
  /// The address the hub listens on; a name it may be called by.
  package var host = "127.0.0.1"
  /// More names it may be called by.
  package var allowedHosts: [String] = []
  /// Pages that may call it, besides its own and those of this machine.
  package var allowedOrigins: [String] = []
  /// Requests of one address; nil for no limit.
  package var rateLimit: Rate?
  /// Serve `/echo`, for conformance runs.
  package var echoes = false
  /// How much one batch may be.
  package var batch = BatchService.Limits()
  /// Bytes of an uploaded file.
  package var uploadBytes = 512 << 20
  /// The program's version, as `/health` says it.
  package var version = "0"
  /// Whether InsightX's stream ends with `[DONE]`.
  package var streamDone = false
  /// What the hub is run for, `development` or `production` for example, as some profiles say it.
  package var environment = "development"

  package init() {}
}

/// Everything a route may use, handed in once.
package struct APIContext: Sendable {
  package let store: Store
  package let runs: RunService
  package let batches: BatchService
  package let hub: Hub
  package let knowledge: KnowledgeService
  package let workspace: DatasetWorkspace
  package let configuration: APIConfiguration
  package let readiness: Readiness
  package let log: Log
  /// By which listener the requests come.
  package var listener = ListenerFace(ProfileTable.hub, port: 0)

  package init(
    store: Store, runs: RunService, hub: Hub, knowledge: KnowledgeService, workspace: DatasetWorkspace,
    configuration: APIConfiguration = APIConfiguration(), readiness: Readiness = Readiness(), log: Log
  ) {
    self.store = store
    self.runs = runs
    batches = BatchService(runs: runs, limits: configuration.batch)
    self.hub = hub
    self.knowledge = knowledge
    self.workspace = workspace
    self.configuration = configuration
    self.readiness = readiness
    self.log = log
  }
}

/// Whether the hub wants new clients; `/ready` tells load balancers.
package final class Readiness: Sendable {
  private let draining = Atomic(false)

  package init() {}

  /// The hub is about to leave.
  package func beginDraining() { draining.store(true, ordering: .relaxed) }

  /// Whether the hub is about to leave.
  package var isDraining: Bool { draining.load(ordering: .relaxed) }
}
