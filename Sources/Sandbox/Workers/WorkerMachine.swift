import Basics

/// The rule of one worker's life: it starts, waits, does one call, and ends. Times are nanoseconds of one clock.
package struct WorkerMachine: Sendable {
  /// What happened to the worker.
  package enum Fact: Sendable {
    /// It said a line.
    case said([UInt8])
    /// It wrote a longer line than it may.
    case overflowed
    /// A call is handed to it.
    case handed(PythonCall)
    /// Nobody wants it any longer.
    case dropped
    /// Its time is up.
    case deadline
    /// Its process ended, with an exit code or a signal as a negative number, having said this to standard error.
    case ended(status: Int32?, errors: String)
  }

  /// What to do about it.
  package enum Action: Equatable, Sendable {
    /// It waits for a call now.
    case ready
    /// Hand the call over: these bytes to its standard input.
    case send([UInt8])
    /// The start failed for this reason.
    case failStart(SandboxError)
    /// The call is answered.
    case answer(Result<PythonOutcome, SandboxError>)
    /// Its processes must go.
    case kill
  }

  private enum State: Sendable {
    case starting
    case idle
    /// The call was sent, its code not begun: it is checked, and its data set read.
    case preparing(PythonCall, since: UInt64)
    case running(PythonCall, since: UInt64)
    case over
  }

  private var state = State.starting
  private let configuration: SandboxConfiguration
  /// When its time is up; nil while it may wait for ever.
  package private(set) var deadline: UInt64?

  /// Whether nothing more comes of it.
  package var isOver: Bool { if case .over = state { true } else { false } }

  package init(configuration: SandboxConfiguration, now: UInt64) {
    self.configuration = configuration
    deadline = now + configuration.startTime.nanoseconds
  }

  /// Tells the rule what happened; gives what to do, in order.
  package mutating func take(_ fact: Fact, now: UInt64) -> [Action] {
    switch (state, fact) {
    case (.over, .handed): [.answer(.failure(.ended(nil)))]
    case (.over, _): []
    case (.starting, .said(let line)): started(WorkerReport(line: line))
    case (.starting, .deadline): end([.failStart(StartFailure.explain("", status: nil)), .kill])
    case (.starting, .ended(let status, let errors)):
      end([.failStart(StartFailure.explain(errors, status: status))])
    case (.starting, .overflowed):
      end([.failStart(StartFailure.explain("it spoke out of turn", status: nil)), .kill])
    case (.idle, .handed(let call)): begin(call, now: now)
    case (.idle, _), (.starting, _): end([.kill])
    case (.preparing(let call, let since), .said(let line)):
      reported(WorkerReport(line: line), call, since: since, now: now)
    case (.running(let call, let since), .said(let line)):
      reported(WorkerReport(line: line), call, since: since, now: now)
    case (.preparing, .deadline):
      end([.answer(.failure(slowTable)), .kill])
    case (.running(let call, _), .deadline):
      end([.answer(.failure(.timedOut(after: call.timeout))), .kill])
    case (_, .ended(let status, _)): end([.answer(.failure(.ended(status)))])
    case (_, .overflowed): end([.answer(.failure(overflow)), .kill])
    case (_, .dropped): end([.answer(.failure(.cancelled)), .kill])
    case (_, .handed): []
    }
  }

  private mutating func started(_ report: WorkerReport?) -> [Action] {
    switch report {
    case .ready:
      state = .idle
      deadline = nil
      return [.ready]
    case .failed(let error): return end([.failStart(StartFailure.explain(error, status: nil)), .kill])
    default: return end([.failStart(StartFailure.explain("it spoke out of turn", status: nil)), .kill])
    }
  }

  private mutating func begin(_ call: PythonCall, now: UInt64) -> [Action] {
    state = .preparing(call, since: now)
    deadline = now + configuration.startTime.nanoseconds
    return [.send(PythonCallEncoder.encode(call))]
  }

  private mutating func reported(
    _ report: WorkerReport?, _ call: PythonCall, since: UInt64, now: UInt64
  ) -> [Action] {
    switch report {
    case .running:
      // Said twice, it would move the deadline: only code that broke out of the check says it again.
      guard case .preparing = state else { return end([.answer(.failure(nonsense)), .kill]) }
      state = .running(call, since: since)
      deadline = now + call.timeout.nanoseconds
      return []
    case .refused(let errors):
      let isSyntax = errors.contains { $0.hasPrefix("Syntax error: ") }
      let error = SandboxError(isSyntax ? .invalid : .refused, errors.joined(separator: "; "))
      return end([.answer(.failure(error)), .kill])
    case .error(let text): return end([.answer(.failure(SandboxError(.failed, text))), .kill])
    case .done(let value, let printed):
      let duration = Duration.nanoseconds(Int64(now - since))
      let outcome = PythonOutcome(value: value, printed: printed, duration: duration)
      return end([.answer(.success(outcome)), .kill])
    case .ready, .failed, nil: return end([.answer(.failure(nonsense)), .kill])
    }
  }

  private mutating func end(_ actions: [Action]) -> [Action] {
    state = .over
    deadline = nil
    return actions
  }

  private var slowTable: SandboxError {
    SandboxError(
      .timedOut, "Reading the data set took longer than \(configuration.startTime.inSeconds)s",
      hint: "A smaller data set, or a SQL query first, is read in time.")
  }

  private var overflow: SandboxError {
    SandboxError(
      .failed, "The results are larger than \(configuration.limits.answer) bytes; leave less in them.")
  }

  private var nonsense: SandboxError {
    SandboxError(.ended, "Python gave no result: the code disturbed the process that ran it.")
  }
}
