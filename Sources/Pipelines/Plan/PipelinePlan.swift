package import Basics
package import Model

/// What a pipeline does: its steps, in order, some of which hold steps. Read from `config.pipeline` of an agent whose provider is `pipeline`.
package struct PipelinePlan: Equatable, Sendable {
  /// The provider of agents that are pipelines.
  package static let provider = "pipeline"

  package let steps: [PipelineStep]

  /// All steps, those inside others too, in the order they stand.
  package var all: [PipelineStep] { steps.flatMap(\.withInner) }
}

/// One step of a pipeline.
package struct PipelineStep: Equatable, Sendable {
  /// Unique in its plan; names the step in events, errors and templates.
  package let id: String
  package let work: StepWork
  /// Seconds; nil leaves it to what the step does.
  package let timeout: Double?
  /// How often it is tried at most.
  package let attempts: Int
  /// Whether the pipeline goes on when the step has failed for good; its result then holds the error.
  package let mayFail: Bool

  /// The step and all inside it.
  var withInner: [PipelineStep] { [self] + work.inner.flatMap { $0.flatMap(\.withInner) } }
}

/// What a step does. Which kinds there are, and how they are written, is in `StepTable`.
package indirect enum StepWork: Equatable, Sendable {
  /// An agent answers a text.
  case agent(AgentOrder)
  /// An agent answers a text with one of some labels.
  case classify(AgentOrder, LabelLadder)
  /// One of several ways is gone, by the value of a template.
  /// Without `otherwise` a value that has no way is a failure.
  case branch(on: Template, cases: [StepCase], otherwise: [PipelineStep]?)
  /// All ways are gone at once; the step is over when all of them are.
  case parallel([StepCase])
  /// A tool runs.
  case tool(name: String, arguments: JSON)
  /// A text is made from what there is.
  case compose(Template)
  /// Another agent, or another pipeline, takes the whole question over.
  case handover(AgentOrder)

  /// Its name in `StepTable`.
  var type: String {
    switch self {
    case .agent: "agent"
    case .classify: "classify"
    case .branch: "branch"
    case .parallel: "parallel"
    case .tool: "tool"
    case .compose: "compose"
    case .handover: "handover"
    }
  }

  var inner: [[PipelineStep]] {
    switch self {
    case .branch(_, let cases, let otherwise): cases.map(\.steps) + [otherwise ?? []]
    case .parallel(let cases): cases.map(\.steps)
    case .agent, .classify, .tool, .compose, .handover: []
    }
  }
}

/// A named way through some steps.
package struct StepCase: Equatable, Sendable {
  package let name: String
  package let steps: [PipelineStep]
}

/// Whom a step asks, and how.
package struct AgentOrder: Equatable, Sendable {
  /// The agent's id, or its name.
  package var agent: Template
  /// What it is asked.
  package var input: Template
  /// Members that take the place of those of the agent's `config` for this step.
  package var config: JSONObject?
  package var provider: String?
  package var model: String?
  /// Whether the conversation so far goes along.
  package var hasHistory: Bool
  /// What all calls of the step may cost together; nil for no limit.
  package var budget: Cost?
}
