import Basics
import Model

/// The stream that the field service's pages read: its internal events with words for people.
///
/// What stands between the pages and the internal API in the replaced system is a server of its own; here it is a dialect over the other one.
struct FieldServiceRelay: SurfaceDialect {
  private var inner: FieldServiceDialect

  init(conversation: String) { inner = FieldServiceDialect(conversation: conversation) }

  private static let labels = ["sql_agent": "Querying database", "rag_agent": "Searching knowledge base"]

  func opening() -> [SurfaceEvent] { inner.opening().compactMap(Self.mapped) }

  mutating func events(for fact: RunFact) -> [SurfaceEvent] {
    inner.events(for: fact).compactMap(Self.mapped)
  }

  mutating func closing(_ ending: RunEnding) -> [SurfaceEvent] {
    inner.closing(ending).compactMap(Self.mapped)
  }

  /// What a page reads in place of an internal event; nil for one that it does not know.
  static func mapped(_ event: SurfaceEvent) -> SurfaceEvent? {
    guard let json = try? JSON.parse(event.data) else { return nil }
    switch json["event"]?.string {
    case "tool_start":
      let tool = json["tool"]?.string ?? ""
      return token(labels[tool] ?? "Working", type: "tool_call")
    case "token":
      let type = json["channel"] == "final" ? "final_answer" : "reasoning"
      return token(json["content"]?.string ?? "", type: type)
    case "complete": return SurfaceEvent(["done": true, "metadata": json["stats"] ?? [:]])
    case "error": return token(json["error"]?.string ?? "", type: "error")
    default: return nil
    }
  }

  private static func token(_ text: String, type: String) -> SurfaceEvent {
    SurfaceEvent(["token": .string(text), "type": .string(type)])
  }
}
