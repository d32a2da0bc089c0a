import Basics
import Datasets
import Model

/// The stream of InsightX: what its stages do, what each of them found, the answer, or an error.
struct InsightXDialect: SurfaceDialect {
  /// Whether the stream ends with `[DONE]`: one of the pages clears its spinner by nothing else.
  private let endsWithDone: Bool
  private var findings = InsightXFindings()

  init(endsWithDone: Bool) { self.endsWithDone = endsWithDone }

  func opening() -> [SurfaceEvent] { [Self.status("Loading Data DNA...", stage: nil)] }

  mutating func events(for fact: RunFact) -> [SurfaceEvent] {
    guard let step = fact.step else { return [] }
    if step == InsightXStage.writtenSQL { return eventsOfWrittenSQL(fact.kind) }
    guard let stage = InsightXStage(rawValue: step) else { return [] }
    switch fact.kind {
    case .stepStarted: return [Self.status(stage.beginning, stage: stage.beginningStage)]
    case .toolStarted(let tool, let arguments):
      guard stage.tool == tool else { return [] }
      findings.began(stage, arguments)
      return [Self.status(stage.execution, stage: stage.executionStage)]
    case .toolFailed(let tool, let message):
      if stage.tool == tool { findings.failed(stage, message) }
      return []
    case .stepCompleted(let result): return found(result, in: stage)
    case .stepFailed(let failure, isTriedAgain: false):
      return stage.tool == nil ? [] : [Self.error(Self.text(of: failure))]
    default: return []
    }
  }

  mutating func closing(_ ending: RunEnding) -> [SurfaceEvent] {
    let last =
      switch ending.status {
      case .completed:
        SurfaceEvent(["type": "final_response", "data": findings.response(ending.text).json])
      case .failed: Self.error(ending.failure.map(Self.text) ?? "The analysis failed.")
      case .interrupted: Self.error("The server stopped while the analysis was under way. Please ask again.")
      default: Self.error("The analysis was stopped.")
      }
    return [last] + (endsWithDone ? [.done] : [])
  }

  /// SQL that the agent only wrote is run for it, and told as if it had called the tool.
  private mutating func eventsOfWrittenSQL(_ kind: RunFact.Kind) -> [SurfaceEvent] {
    switch kind {
    case .toolStarted(_, let arguments):
      guard let text = arguments["text"]?.string, SQLExtraction.statement(in: text) != nil else { return [] }
      return [Self.status(InsightXStage.sql.execution, stage: InsightXStage.sql.executionStage)]
    case .stepCompleted(let result):
      let data = findings.foundWritten(result)
      return data.map { [SurfaceEvent(["type": .string(InsightXStage.sql.result), "data": $0])] } ?? []
    // What to try instead is for the model that wrote it.
    case .stepFailed(let failure, isTriedAgain: false): return [Self.error(failure.message)]
    default: return []
    }
  }

  private mutating func found(_ result: JSON, in stage: InsightXStage) -> [SurfaceEvent] {
    if stage == .orchestrator {
      return [SurfaceEvent(["type": "orchestrator_result", "data": findings.classified(result)])]
    }
    guard stage.tool != nil else { return [] }
    if let data = findings.found(stage, result) {
      return [SurfaceEvent(["type": .string(stage.result), "data": data])]
    }
    return findings.fault(of: stage).map { [Self.error($0)] } ?? []
  }

  private static func status(_ message: String, stage: String?) -> SurfaceEvent {
    var object: JSONObject = ["type": "status", "message": .string(message)]
    object["data"] = stage.map { ["stage": .string($0)] }
    return SurfaceEvent(.object(object))
  }

  private static func error(_ message: String) -> SurfaceEvent {
    SurfaceEvent(["type": "error", "message": .string(message)])
  }

  /// The words that operators of the replaced system know, where there are some.
  static func text(of failure: RunFailure) -> String {
    switch failure.code {
    // With another provider's agents, that one's words say which key it is.
    case "provider_key_missing" where failure.message.contains("Bytez"):
      "No Bytez API keys found. Set BYTEZ_API_KEY, or BYTEZ_API_KEY_1 and further ones."
    case "provider_keys_exhausted": "All API keys exhausted after retries"
    default: failure.advice
    }
  }
}

/// A stage of the analysis: the raw value is the step of the pipeline.
enum InsightXStage: String {
  case orchestrator
  case sql = "sql_agent"
  case python = "python_agent"
  case composer, explainer

  /// The step that runs what the SQL agent wrote without calling its tool.
  static let writtenSQL = "sql_written"

  var beginning: String {
    switch self {
    case .orchestrator: "Analyzing your question..."
    case .sql: "Generating SQL query..."
    case .python: "Running Python analysis..."
    case .composer, .explainer: "Composing the answer..."
    }
  }

  var beginningStage: String {
    switch self {
    case .orchestrator: "orchestrating"
    case .sql: "sql_generation"
    case .python: "python_execution"
    case .composer, .explainer: "composition"
    }
  }

  var execution: String { self == .sql ? "Executing SQL query..." : "Executing Python code..." }
  var executionStage: String { self == .sql ? "sql_execution" : "python_execution" }

  /// The tool whose result the stage is about.
  var tool: String? {
    switch self {
    case .sql: "run_sql"
    case .python: "run_python"
    case .orchestrator, .composer, .explainer: nil
    }
  }

  /// The member of the tool's arguments that holds the code.
  var code: String { self == .sql ? "sql" : "code" }
  /// The event that tells the result.
  var result: String { self == .sql ? "sql_result" : "python_result" }
}
