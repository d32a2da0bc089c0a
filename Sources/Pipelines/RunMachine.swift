import Basics
package import Model
package import Providers

/// The life of one run as a value: queued, running, then exactly one end.
///
/// It takes what happened (the provider spoke, time passed, somebody wants it stopped) and says which deltas to append and how to end.
/// After its end every fact is ignored, so that a late stop and a last byte cannot end a run twice.
package struct RunMachine: Sendable {
  /// UTF-8 bytes of one message, asked or answered, all its parts together; a model that does not stop is cut here with `length`. Even
  /// if every byte needs an escape, its event stays below what the log takes.
  package static let maximumText = 1 << 20

  package private(set) var status = Run.Status.queued
  private let limits: DeltaRollUp.Limits
  /// Where the answer's text goes.
  private let channel: MessageDelta.Channel
  private var rollUp: DeltaRollUp
  private var answer = AnswerParts(provider: "", model: "")
  private var size = 0
  private var usage: Usage?
  private var finish: String?
  /// Deltas that were given out and could not be stored.
  private var returned: [MessageDelta] = []

  /// - Parameter channel: `step` when the text is on the way to the answer of a pipeline.
  package init(rollUp: DeltaRollUp.Limits = DeltaRollUp.Limits(), channel: MessageDelta.Channel = .final) {
    limits = rollUp
    self.channel = channel
    self.rollUp = DeltaRollUp(limits: rollUp)
  }

  /// When `deadlinePassed` wants to be told; nil while nothing waits.
  package var deadline: UInt64? { status == .running ? rollUp.deadline : nil }

  /// The run's turn has come. False when it ended while it waited.
  package mutating func begun() -> Bool {
    guard status == .queued else { return false }
    status = .running
    return true
  }

  /// A provider takes the call; what it says from now on is its own.
  ///
  /// - Parameters:
  ///   - provider: the name in `ProviderTable`.
  ///   - model: the model as it is asked for.
  package mutating func asked(provider: String, model: String) {
    answer = AnswerParts(provider: provider, model: model)
  }

  /// The provider spoke.
  ///
  /// - Parameters:
  ///   - now: monotonic nanoseconds.
  ///   - answers: how many answers are being written in the hub, this one among them.
  /// - Returns: the deltas that are due.
  package mutating func received(
    _ events: [ProviderEvent], now: UInt64, answers: Int = 1
  ) -> [MessageDelta] {
    guard status == .running else { return [] }
    rollUp.answers = answers
    return events.flatMap { received($0, now: now) }
  }

  private mutating func received(_ event: ProviderEvent, now: UInt64) -> [MessageDelta] {
    switch event {
    case .text(let piece): return add(piece, to: channel, now: now) { .text($0) }
    case .refusal(let piece): return add(piece, to: channel, now: now) { .refusal($0) }
    case .reasoning(let piece): return add(piece, to: .thought, now: now) { .reasoning($0) }
    case .usage(let usage): self.usage = usage
    case .finish(let reason, _): if finish == nil { finish = reason.rawValue }
    default: add(event)
    }
    return []
  }

  private mutating func add(
    _ piece: String, to channel: MessageDelta.Channel, now: UInt64, as event: (String) -> ProviderEvent
  ) -> [MessageDelta] {
    guard !isFull else { return [] }
    let room = Self.maximumText - size
    let taken = piece.prefix(utf8Count: room)
    if taken.utf8.count < piece.utf8.count { fill() }
    guard !taken.isEmpty else { return [] }
    size += taken.utf8.count
    answer.receive(event(taken))
    return rollUp.add(taken, to: channel, now: now)
  }

  /// What cannot be cut is taken whole or not at all.
  private mutating func add(_ event: ProviderEvent) {
    guard !isFull else { return }
    size += event.storedBytes
    if size > Self.maximumText { fill() } else { answer.receive(event) }
  }

  private mutating func fill() {
    finish = "length"
    isFull = true
  }

  /// Whether the answer has reached its bound, so that the provider need not go on.
  package private(set) var isFull = false

  /// The roll-up's time has come.
  package mutating func deadlinePassed(now: UInt64) -> [MessageDelta] {
    guard status == .running else { return [] }
    return rollUp.deadlinePassed(now: now)
  }

  /// Deltas that were due could not be stored: the run's end brings them, or its text would be more than they add up to.
  package mutating func notStored(_ deltas: [MessageDelta]) { returned += deltas }

  /// The calls of tools in the answer so far, in order; those of an answer that was cut are left alone.
  package var toolCalls: [ToolCall] { isFull ? [] : answer.parts.toolCalls }

  /// The provider has said everything, and asks for tools: what is to be stored before they are called.
  ///
  /// - Parameter status: what the run is meanwhile, running or waiting.
  /// - Returns: nil when the run is over. Until `roundBegan` it is given again, and a run that ends has it.
  package mutating func roundEnded(_ status: Run.Status) -> RunEnd? {
    guard self.status == .running else { return nil }
    returned += rollUp.flush()
    return RunEnd(
      status: status, deltas: returned, parts: answer.parts,
      finish: finish ?? FinishReason.toolCalls.rawValue,
      usage: usage, error: nil)
  }

  /// The answer with calls is stored; the next one is a message of its own.
  package mutating func roundBegan() {
    guard status == .running else { return }
    self = RunMachine(rollUp: limits, channel: channel)
    status = .running
  }

  /// The provider has said everything.
  package mutating func providerEnded() -> RunEnd? { end(.completed, finish: finish ?? "stop") }

  /// The provider failed; what it said so far is kept.
  package mutating func providerFailed(_ failure: RunFailure) -> RunEnd? {
    end(.failed, finish: "failed", error: failure)
  }

  /// Somebody stopped the run.
  package mutating func stopped() -> RunEnd? { end(.stopped, finish: "stopped") }

  /// The hub goes down.
  package mutating func interrupted() -> RunEnd? {
    end(.interrupted, finish: "interrupted", error: .interrupted)
  }

  private mutating func end(_ status: Run.Status, finish: String, error: RunFailure? = nil) -> RunEnd? {
    guard !self.status.isFinal else { return nil }
    self.status = status
    return RunEnd(
      status: status, deltas: returned + rollUp.flush(), parts: answer.parts, finish: finish, usage: usage,
      error: error)
  }
}
