package import Basics
package import Model

/// The rule of an agent's tools: which calls of an answer run, which wait for somebody, which are refused, and when it is enough.
///
/// It knows one round at a time. A model's answer with calls begins a round; the round is over when every call has its result, in the order
/// of the calls. Nothing of a round runs while one of its calls waits for approval, so that whoever decides sees the state before.
package struct ToolLoopMachine: Sendable {
  /// How much an agent may take.
  package struct Limits: Equatable, Sendable {
    /// Rounds of one run.
    package var rounds = 8
    /// Calls of one round; what is more is refused.
    package var calls = 32
    /// Calls that run at once.
    package var atOnce = 8

    package init(rounds: Int = 8, calls: Int = 32, atOnce: Int = 8) {
      self.rounds = rounds
      self.calls = calls
      self.atOnce = atOnce
    }
  }

  /// What comes next.
  package enum Step: Equatable, Sendable {
    /// The answer asks for nothing: it is the run's.
    case end
    /// The answer asks for more than the agent may.
    case fail(ToolError)
    /// Calls of the round can run.
    case call
    /// Somebody has to decide first.
    case wait
    /// Every call has its result: the model is asked again.
    case ask
  }

  /// What the rule knows of a tool.
  package struct Terms: Equatable, Sendable {
    package var schema: JSON
    package var needsApproval: Bool
    package var fingerprint: String

    package init(schema: JSON, needsApproval: Bool = false, fingerprint: String = "") {
      self.schema = schema
      self.needsApproval = needsApproval
      self.fingerprint = fingerprint
    }
  }

  /// UTF-8 bytes that the results of one round have together: they become one message, which everybody who watches gets.
  private static let roundBytes = 1 << 20

  private let run: Identifier<Run>
  private let agent: String
  private let limits: Limits
  /// In the order in which the model was told.
  private let tools: [(name: String, terms: Terms)]
  /// Tools that whoever asked calls.
  private let callers: Set<String>
  /// The calls of the latest round, in the order in which the model asked for them.
  package private(set) var calls: [ToolCallRecord]
  private var lastNumber: Int
  private var round: Int

  /// - Parameters:
  ///   - tools: what the agent may call; without any, calls are left as they are.
  ///   - callers: names of tools that whoever asked calls: an answer that asks for one is the run's last, and its calls are left as
  ///     they are. An agent's own tool keeps its name.
  ///   - calls: what the run has asked for so far, as it is stored.
  package init(
    run: Identifier<Run>, agent: String, tools: [(name: String, terms: Terms)], callers: [String] = [],
    limits: Limits = Limits(), calls: [ToolCallRecord] = []
  ) {
    self.callers = Set(callers).subtracting(tools.map(\.name))
    self.run = run
    self.agent = agent
    self.tools = tools
    self.limits = limits
    self.calls = calls.lastRound
    lastNumber = calls.last?.number ?? 0
    round = calls.last?.round ?? 0
  }

  /// What comes next in the latest round; before the first one, the model is asked.
  package var step: Step {
    if calls.contains(where: { $0.status == .waiting }) { return .wait }
    return calls.allSatisfy(\.status.isFinal) ? .ask : .call
  }

  /// The model has answered.
  ///
  /// - Parameter asked: the calls of its answer, in order.
  package mutating func answered(_ asked: [ToolCall], at time: Timestamp) -> Step {
    guard !asked.isEmpty, !tools.isEmpty, !asked.contains(where: { callers.contains($0.name) }) else {
      return .end
    }
    guard round < limits.rounds else {
      return .fail(.roundsExhausted(agent: agent, limit: limits.rounds))
    }
    round += 1
    calls = asked.enumerated().map { index, call in
      lastNumber += 1
      let record = ToolCallRecord(run: run, number: lastNumber, round: round, call: call, createdAt: time)
      return judged(record, isBeyond: index >= limits.calls, at: time)
    }
    return step
  }

  /// The calls that begin now; asked for again after each that is finished.
  package mutating func begin(at time: Timestamp) -> [ToolCallRecord] {
    guard step == .call else { return [] }
    var begun: [ToolCallRecord] = []
    var running = calls.filter { $0.status == .running }.count
    for index in calls.indices where calls[index].status == .ready && running < limits.atOnce {
      running += 1
      calls[index].status = .running
      calls[index].startedAt = time
      begun.append(calls[index])
    }
    return begun
  }

  /// A call has its answer; what is longer than the tool may answer is cut.
  ///
  /// - Parameter limit: UTF-8 bytes of the result.
  /// - Returns: the call as it is now; nil when it was not running.
  package mutating func finished(
    _ number: Int, with answer: ToolAnswer, limit: Int, at time: Timestamp
  ) -> ToolCallRecord? {
    let count = calls.count
    return change(number) { call in
      call.finish(answer, limit: min(limit, Self.roundBytes / max(1, count)))
      call.finishedAt = time
    }
  }

  /// A call came to nothing; the model is told why.
  package mutating func failed(
    _ number: Int, because failure: RunFailure, at time: Timestamp
  ) -> ToolCallRecord? {
    change(number) { call in
      call.fail(failure)
      call.finishedAt = time
    }
  }

  private mutating func change(
    _ number: Int, _ change: (inout ToolCallRecord) -> Void
  ) -> ToolCallRecord? {
    guard let index = calls.firstIndex(where: { $0.number == number && $0.status == .running }) else {
      return nil
    }
    change(&calls[index])
    return calls[index]
  }

  /// Whether a new call may run, waits, or is refused.
  private func judged(_ call: ToolCallRecord, isBeyond: Bool, at time: Timestamp) -> ToolCallRecord {
    var call = call
    if isBeyond {
      call.fail(RunFailure(ToolError.tooMany(limit: limits.calls)))
    } else if let terms = tools.first(where: { $0.name == call.call.name })?.terms {
      call.fingerprint = terms.fingerprint
      let faults = call.faults(against: terms.schema)
      if faults.isEmpty {
        call.status = terms.needsApproval ? .waiting : .ready
      } else {
        call.fail(RunFailure(ToolError.badArguments(faults)))
      }
    } else {
      call.fail(RunFailure(ToolError.notOffered(call.call.name, offered: tools.map(\.name))))
    }
    if call.status.isFinal { call.finishedAt = time }
    return call
  }
}

extension RunFailure {
  init(_ error: ToolError) { self.init(code: error.code, message: error.message, hint: error.hint) }
}
