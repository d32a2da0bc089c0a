import Basics
import Model
import Storage

/// What a pipeline's run says in the log of how it comes along, and what it reads there when it goes on.
struct PipelineLog: Sendable {
  /// How far a run has come.
  struct Known: Sendable {
    var results: [String: StepResult] = [:]
    /// Steps whose beginning is told, and those whose decision is.
    var told: Set<String> = []
  }

  let run: Run
  /// Whose answer the pipeline's is; nil when what it says is on the way to one.
  let speaker: Run?
  /// The kind of each step.
  var types: [String: String] = [:]
  /// What need not be told again.
  var told: Set<String> = []

  init(run: Run, speaker: Run?) {
    self.run = run
    self.speaker = speaker
  }

  /// How events name a step.
  func path(of step: String) -> String { run.step.map { "\($0).\(step)" } ?? step }

  /// The run as it speaks of a step.
  func voice(of step: String) -> Run {
    var voice = run
    voice.step = path(of: step)
    return voice
  }

  func read(in store: ReadTransaction) throws -> Known {
    var known = Known()
    for stored in try store.events.steps(of: run) {
      guard let step = stored.step?.split(separator: ".").last.map(String.init) else { continue }
      known.told.insert(Self.mark(stored.type, step))
      guard stored.type == .stepCompleted, case .other(_, let members) = try stored.event().body else {
        continue
      }
      known.results[step] = members["result"].flatMap { StepResult(json: $0) }
    }
    return known
  }

  private static func mark(_ type: EventType, _ step: String) -> String { "\(type.rawValue) \(step)" }

  /// Appends what the actions say.
  ///
  /// - Parameters:
  ///   - said: the answer so far.
  ///   - enter: makes the run of an agent's step.
  /// - Returns: the runs that were made, by step.
  mutating func write(
    _ actions: [PipelineMachine.Action], after said: String, in store: WriteTransaction,
    enter: (String, AgentCall) throws -> StepEntry
  ) throws -> [String: StepEntry] {
    var entered: [String: StepEntry] = [:]
    var position = said.utf16.count
    for action in actions {
      switch action {
      case .began(let step):
        try tell(.stepStarted, step, ["stepType": .string(types[step] ?? "")], isOnce: true, in: store)
      case .decided(let step, let label):
        try tell(.routeDecided, step, ["label": .string(label)], isOnce: true, in: store)
      case .completed(let step, let result):
        try tell(.stepCompleted, step, ["result": result.bounded.json], in: store)
      case .failed(let step, let failure, let isTriedAgain):
        try tell(.stepFailed, step, ["error": failure.json, "retry": .bool(isTriedAgain)], in: store)
      case .perform(let step, _, .agent(let call)): entered[step] = try enter(step, call)
      case .say(let text): try say(text, at: &position, in: store)
      case .perform(_, _, .tool), .cancel, .end: break
      }
    }
    return entered
  }

  private mutating func tell(
    _ type: EventType, _ step: String, _ members: JSONObject, isOnce: Bool = false,
    in store: WriteTransaction
  ) throws {
    guard told.insert(Self.mark(type, step)).inserted || !isOnce else { return }
    try store.append(voice(of: step).event(.other(type, members), at: store.now))
  }

  private func say(_ text: String, at position: inout Int, in store: WriteTransaction) throws {
    let voice = try store.runs.get((speaker ?? run).id) ?? run
    var rest = text[...]
    while !rest.isEmpty {
      let piece = String(rest).prefix(utf8Count: DeltaRollUp.Limits().delta)
      let delta = MessageDelta(channel: speaker == nil ? .step : .final, position: position, text: piece)
      try store.append(voice.event(.messageDelta(delta), at: store.now, message: voice.output))
      position += piece.utf16.count
      rest = rest[rest.utf8.index(rest.startIndex, offsetBy: piece.utf8.count)...]
    }
  }

  /// Stores that a run waits for what its parts wait for.
  static func park(_ run: Run, in store: WriteTransaction) throws {
    guard var current = try store.runs.get(run.id), !current.status.isFinal else { return }
    let attempts = try store.attempts.ofTree(run)
    current.status = .waiting
    current.usage = attempts.usage
    current.cost = attempts.cost
    try store.runs.update(current)
    let approvals = try store.approvals(of: run)
    let members: JSONObject = [
      "status": .string(Run.Status.waiting.rawValue), "approvals": .array(approvals),
    ]
    try store.append(current.event(.other(.runWaiting, members), at: store.now))
  }
}

extension StepResult {
  /// UTF-8 bytes of JSON, above which only the text is kept: an event must stay below what the log takes.
  private static let mostBytes = 4 << 20

  fileprivate var bounded: StepResult {
    json.bytes.count <= Self.mostBytes ? self : StepResult(text: text, label: label, error: error)
  }
}

extension RunStore {
  /// The parts of a run; those of a part lie below its step.
  func partsInside(_ run: Run) throws -> [Run] {
    let inside = run.step.map { "\($0)." }
    return try parts(of: run.parentRun ?? run.id).filter { part in
      inside.map { part.step?.hasPrefix($0) ?? false } ?? true
    }
  }

  /// The parts of a run that wait for somebody.
  func waitingParts(of run: Run) throws -> [Run] { try partsInside(run).filter { $0.status == .waiting } }

  /// Whether others have worked for a run.
  func hasParts(_ run: Run) throws -> Bool { try !partsInside(run).isEmpty }
}
