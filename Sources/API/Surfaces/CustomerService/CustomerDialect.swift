import Basics
import Model

/// The stream of the customer service: `start`, `token`…, `done`, or `error` in its place.
struct CustomerDialect: SurfaceDialect {
  private let session: String
  private var told = ToldAnswer()

  init(session: String) { self.session = session }

  func opening() -> [SurfaceEvent] { [event("start", [:])] }

  mutating func events(for fact: RunFact) -> [SurfaceEvent] {
    guard case .answer(let text, let message) = fact.kind else { return [] }
    return told.add(text, of: message).map { [token($0)] } ?? []
  }

  mutating func closing(_ ending: RunEnding) -> [SurfaceEvent] {
    if let fault = CustomerFault(ending) {
      return [event("error", ["error": .string(fault.error), "detail": .string(fault.detail)])]
    }
    let rest = told.rest(of: CustomerAnswer.text(ending.text)).map { [token($0)] } ?? []
    // A clock that does not move in so short a time is no reason for a zero.
    let seconds = max(0.001, (ending.seconds * 1000).rounded() / 1000)
    let numbers: JSONObject = ["tokens": .integer(Int64(told.count)), "time": .number(seconds)]
    return rest + [event("done", numbers)]
  }

  private func token(_ text: String) -> SurfaceEvent { event("token", ["content": .string(text)]) }

  /// The session stands behind a token's content and before a stream's numbers, as the contract shows them.
  private func event(_ type: String, _ members: JSONObject) -> SurfaceEvent {
    var object: JSONObject = ["type": .string(type)]
    let comesFirst = type == "done"
    if comesFirst { object["session_id"] = .string(session) }
    for member in members.members { object[member.name] = member.value }
    if !comesFirst { object["session_id"] = .string(session) }
    return SurfaceEvent(.object(object))
  }
}

/// The customer service's answers.
enum CustomerAnswer {
  /// A text that says something, whatever the model said.
  static func text(_ text: String) -> String {
    text.isBlank ? "I'm sorry, I have no answer to that. Could you put it in other words?" : text
  }
}
