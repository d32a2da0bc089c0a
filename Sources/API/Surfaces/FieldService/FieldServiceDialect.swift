import Basics
import Model

/// The stream of the field service's internal API: events of meaning, without a word for people's eyes, and without nulls.
///
/// The words of the classification never leave; the answer is what the tokens of `final` add up to.
struct FieldServiceDialect: SurfaceDialect {
  private let conversation: String
  private var told = ToldAnswer()
  /// Tokens of all channels.
  private var tokens = 0
  /// Whether the agent that was to answer has failed.
  private var hasFailed = false

  init(conversation: String) { self.conversation = conversation }

  private static let agents = ["sql": "sql_agent", "rag": "rag_agent"]

  func opening() -> [SurfaceEvent] { [] }

  mutating func events(for fact: RunFact) -> [SurfaceEvent] {
    switch fact.kind {
    case .answer(let text, let message):
      return told.add(text, of: message).map { [token("final", $0)] } ?? []
    case .aside(let text):
      guard let step = fact.step, Self.agents.values.contains(step), !text.isEmpty else { return [] }
      return [token(step, text)]
    case .decided(let label) where fact.step == "classify":
      let route = label.lowercased()
      let start = Self.agents[route].map {
        [SurfaceEvent(["event": "tool_start", "tool": .string($0)])]
      }
      return (start ?? []) + [SurfaceEvent(["event": "route_decision", "route": .string(route)])]
    case .stepFailed(_, isTriedAgain: false):
      if let step = fact.step, Self.agents.values.contains(step) { hasFailed = true }
      return []
    default: return []
    }
  }

  mutating func closing(_ ending: RunEnding) -> [SurfaceEvent] {
    // The pipeline goes on without an agent that failed; half an answer is none all the same.
    guard ending.status == .completed, !hasFailed || told.isEmpty else {
      let text = ending.failure?.advice ?? "The answer was not finished. Please ask again."
      return [SurfaceEvent(["event": "error", "error": .string(text)])]
    }
    let whole = FieldServiceAnswer.text(ending.text, hasFailed: hasFailed)
    let rest = told.rest(of: whole).map { [token("final", $0)] } ?? []
    return rest + [
      SurfaceEvent([
        "event": "complete",
        "stats": ["tokens": .integer(Int64(tokens)), "conversation_id": .string(conversation)],
      ])
    ]
  }

  private mutating func token(_ channel: String, _ text: String) -> SurfaceEvent {
    tokens += 1
    return SurfaceEvent(["event": "token", "channel": .string(channel), "content": .string(text)])
  }
}

/// The field service's answers.
enum FieldServiceAnswer {
  /// A text that says something, also when the agent that was asked has failed.
  static func text(_ text: String, hasFailed: Bool) -> String {
    guard text.isBlank else { return text }
    return hasFailed
      ? "Something went wrong while I looked that up, so I have no answer. Please ask again."
      : "I could not find an answer to your question."
  }
}
