import Basics

/// The only file that knows every concrete type.
struct Composition: HubCommands {
  func serve(_ settings: Settings, log: Log, terminal: Terminal) throws { throw NotComposed() }

  func migrate(_ settings: Settings, log: Log, terminal: Terminal) throws { throw NotComposed() }

  func seed(_ settings: Settings, reset: Bool, log: Log, terminal: Terminal) throws { throw NotComposed() }

  var routes: [RouteLine] { [] }
}

/// Stands where the rooms will be joined, and goes with the line that joins them.
private struct NotComposed: CodedError {
  let code = "not_composed"
  let message = "The rooms are not joined yet."
  let hint: String? = nil
}
