import Basics
import Model

/// What a surface sees of a pipeline's run: its steps, by the names that the delivered pipelines give them, and the pieces of its answer.
struct RunFact: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    /// A piece of the answer; the message tells answers of several messages apart.
    case answer(String, message: String?)
    /// A piece of what a step says that is not the answer.
    case aside(String)
    case stepStarted
    case decided(label: String)
    /// `{"text", "label", "data", "tools"}`
    case stepCompleted(JSON)
    case stepFailed(RunFailure, isTriedAgain: Bool)
    case toolStarted(name: String, arguments: JSON)
    case toolFailed(name: String, message: String)
  }

  /// The step it is about; nil for the pipeline itself.
  var step: String?
  var kind: Kind

  init(_ step: String?, _ kind: Kind) {
    self.step = step
    self.kind = kind
  }

  /// Reads an event in the form in which the hub shows it.
  ///
  /// - Parameter root: the pipeline's run; others are its steps'.
  /// - Returns: nil for events that no surface shows.
  init?(_ event: JSON, of root: Identifier<Run>) {
    guard let type = event["type"]?.string.flatMap({ EventType(rawValue: $0) }) else { return nil }
    let step = event["step"]?.string
    switch type {
    case .messageDelta:
      guard let piece = Self.piece(of: event, isRoot: event["run"]?.string == root.text) else { return nil }
      self.init(step, piece)
    case .stepStarted: self.init(step, .stepStarted)
    case .routeDecided: self.init(step, .decided(label: event["label"]?.string ?? ""))
    case .stepCompleted: self.init(step, .stepCompleted(event["result"] ?? .null))
    case .stepFailed:
      self.init(
        step, .stepFailed(Self.failure(event["error"]), isTriedAgain: event["retry"]?.bool == true))
    case .toolStarted:
      self.init(
        step, .toolStarted(name: event["tool"]?.string ?? "", arguments: event["arguments"] ?? .null))
    case .toolFailed:
      self.init(
        step, .toolFailed(name: event["tool"]?.string ?? "", message: Self.failure(event["error"]).message))
    default: return nil
    }
  }

  /// A step's own answer comes once more as the pipeline's.
  private static func piece(of event: JSON, isRoot: Bool) -> Kind? {
    guard let text = event["text"]?.string else { return nil }
    switch event["channel"]?.string {
    case "final" where isRoot: return .answer(text, message: event["message"]?.string)
    case "step": return .aside(text)
    default: return nil
    }
  }

  private static func failure(_ json: JSON?) -> RunFailure {
    if let json, let failure = RunFailure(json: json) { return failure }
    return RunFailure(code: "internal", message: json?.string ?? "It failed.")
  }
}
