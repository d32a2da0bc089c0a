import Model

/// A surface of one of the replaced systems as a pure function: what happens in one run to the events of one stream.
protocol SurfaceDialect: Sendable {
  /// What stands at the beginning of the stream.
  func opening() -> [SurfaceEvent]
  /// What a fact turns into; nothing for those that the surface does not show.
  mutating func events(for fact: RunFact) -> [SurfaceEvent]
  /// The last events, once the run is over and what is to be kept of it is stored.
  mutating func closing(_ ending: RunEnding) -> [SurfaceEvent]
}

/// How a run ended.
struct RunEnding: Equatable, Sendable {
  var status: Run.Status
  /// The whole answer, as far as there is one.
  var text: String
  var failure: RunFailure?
  /// Since the request came.
  var seconds: Double
}

/// The answer as far as a stream has told it.
struct ToldAnswer: Equatable, Sendable {
  private var message: String?
  /// What was told of the present message.
  private var present = ""
  /// Pieces that were told.
  private(set) var count = 0

  init() {}

  /// Whether anything was told.
  var isEmpty: Bool { count == 0 }

  /// Takes a piece and gives what to tell of it. Words before calls of tools are a message of their own: what comes next does not follow
  /// them directly.
  mutating func add(_ text: String, of message: String?) -> String? {
    guard !text.isEmpty else { return nil }
    let isNext = !isEmpty && message != self.message
    if message != self.message { present = "" }
    self.message = message
    present += text
    count += 1
    return isNext ? "\n\n" + text : text
  }

  /// What is still to be told when the answer is whole: all of it where it came at once, the rest for a reader who fell far behind.
  mutating func rest(of whole: String) -> String? {
    guard whole.utf8.count > present.utf8.count, whole.utf8.starts(with: present.utf8) else { return nil }
    let rest = String(decoding: whole.utf8.dropFirst(present.utf8.count), as: UTF8.self)
    present = whole
    count += 1
    return rest
  }
}
