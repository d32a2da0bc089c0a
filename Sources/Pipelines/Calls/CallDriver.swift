import Basics
import Model
import Providers

/// Does what `CallPolicyMachine` decides for one call of a run: asks, waits for keys, asks again or elsewhere, and hands the answer on.
///
/// For one reader, in one task. What cannot be seen is held back until something can be, so that a try which fails leaves no trace in the
/// answer.
final class CallDriver {
  /// Events without anything visible that are held back at most; a longer beginning counts as an answer.
  private static let longestBeginning = 64

  /// A try: asked from its beginning on, answered once there is a stream.
  private struct Current {
    var stream: ProviderStream?
    let pass: CallPass
    let target: Int
    let server: String?
    var attempt: Attempt?
    var held: [ProviderEvent] = []
    var isSeen = false
    var tokens: TokenEstimate
  }

  private let chain: CallChain
  let client: ProviderClient
  let journal: AttemptJournal
  private let log: Log
  private var policy: CallPolicyMachine
  private var current: Current?
  private var author: (provider: String, model: String)?
  /// The place in the chain whose answer was seen; nil before.
  private(set) var answeredTarget: Int?

  init(_ chain: CallChain, client: ProviderClient, journal: AttemptJournal, log: Log) {
    self.chain = chain
    self.client = client
    self.journal = journal
    self.log = log
    policy = CallPolicyMachine(
      targets: chain.calls.count, first: client.gate.first(of: chain.name), limits: client.gate.limits.policy)
  }

  /// Waits for more of the answer, from whichever try brings it.
  ///
  /// - Parameter deadline: in `ProviderClient.now`'s nanoseconds; only counts once something was seen.
  /// - Throws: `ProviderError` when nothing more can be tried; `CancellationError`.
  func next(until deadline: UInt64?) async throws -> ProviderStream.Step {
    while true {
      if current == nil { try await open(policy.begin()) }
      guard let stream = current?.stream else { return .end }
      do throws(ProviderError) {
        switch try await stream.next(until: deadline) {
        case .events(let events):
          if let shown = show(events) { return .events(shown) }
        case .deadline: return .deadline
        case .end:
          finish()
          return .end
        }
      } catch {
        try await open(failed(error))
      }
    }
  }

  /// Whose answer it is that begins with the latest events, told once.
  func takeAuthor() -> (provider: String, model: String)? {
    defer { author = nil }
    return author
  }

  /// Ends the call wherever it is.
  func cancel() { close(.stopped, .abandoned) }

  /// The answer is complete, or as long as it may be.
  func finish() { close(.completed, .answered) }

  // MARK: Tries

  private func open(_ first: CallPolicyMachine.Action) async throws {
    var action = first
    while true {
      try Task.checkCancellation()
      switch action {
      case .end(let error): throw error
      case .pause(let time, let target):
        journal.post()
        action = policy.waited(await pass(time, target, isPause: true))
      case .wait(let time, let target):
        action = policy.waited(await pass(time, target, isPause: false))
      case .call(let target):
        guard let next = try await call(target) else { return }
        action = next
      }
    }
  }

  /// The changes of the gate before it was asked, so that none is missed.
  private var seen = 0

  /// - Returns: how long it took.
  private func pass(_ time: Duration, _ target: Int, isPause: Bool) async -> Duration {
    let begin = ProviderClient.now
    if isPause {
      _ = try? await Task.sleep(for: time)
    } else {
      await client.gate.change(of: chain.calls[target].provider, after: seen, within: time)
    }
    return .nanoseconds(Int64(clamping: ProviderClient.now - begin))
  }

  /// - Returns: what to do instead; nil when the answer has begun.
  ///
  /// - Throws: `budget_exhausted`, what the store throws.
  private func call(_ target: Int) async throws -> CallPolicyMachine.Action? {
    let call = chain.calls[target]
    seen = client.gate.changes(of: call.provider)
    switch client.gate.admit(call) {
    case .blocked(let wait, let error):
      let action = policy.blocked(for: wait, error)
      // Those who watch learn why nothing comes.
      if case .wait = action { journal.post() }
      return tell(action, after: error)
    case .pass(let pass):
      return try await start(call, target, pass)
    }
  }

  private func start(
    _ call: ProviderCall, _ target: Int, _ pass: CallPass
  ) async throws -> CallPolicyMachine.Action? {
    let prepared: ProviderClient.Prepared
    do throws(ProviderError) {
      prepared = try await prepare(call, pass)
    } catch {
      client.gate.leave(pass, .abandoned)
      return decide(error, pass)
    }
    if prepared.isUpstream, let refusal = try await refusal(call, pass, server: prepared.server) {
      return refusal
    }
    begin(call, target, pass, prepared)
    do throws(ProviderError) {
      current?.stream = try await client.send(prepared)
      return nil
    } catch {
      return failed(error)
    }
  }

  @inline(never) private func begin(
    _ call: ProviderCall, _ target: Int, _ pass: CallPass, _ prepared: ProviderClient.Prepared
  ) {
    let attempt = prepared.isUpstream ? journal.begin(call, pass) : nil
    if let attempt { tell(attempt, pass) }
    journal.post(beginning: attempt)
    current = Current(
      pass: pass, target: target, server: prepared.server, attempt: attempt,
      tokens: TokenEstimate(of: call.request))
  }

  /// Writes the request, and a long one off the thread that listens to all answers: megabytes of pictures take milliseconds.
  private func prepare(
    _ call: ProviderCall, _ pass: CallPass
  ) async throws(ProviderError) -> ProviderClient.Prepared {
    guard call.request.isLong else { return try client.prepare(call, key: pass.secret) }
    let client = client
    return try await withTaskExecutorPreference(globalConcurrentExecutor) {
      () async throws(ProviderError) in try client.prepare(call, key: pass.secret)
    }
  }

  @inline(never) private func tell(_ attempt: Attempt, _ pass: CallPass) {
    log.write(
      .debug, "Asking a provider",
      [
        "run": attempt.run.text, "attempt": "\(attempt.number)", "provider": attempt.provider,
        "model": attempt.model, "key": pass.secret.map { SecretMask.shown($0) } ?? "-",
      ])
  }

  @inline(never) private func end(
    _ attempt: Attempt?, _ pass: CallPass, _ error: ProviderError
  ) -> CallPolicyMachine.Action {
    client.gate.leave(pass, .failed(error))
    if var attempt {
      attempt.status = error.kind == .cancelled ? .stopped : .failed
      attempt.httpStatus = error.status
      attempt.error = RunFailure(error)
      attempt.finishedAt = client.gate.now()
      journal.end(attempt)
    }
    return decide(error, pass)
  }

  @inline(never) func decide(_ error: ProviderError, _ pass: CallPass) -> CallPolicyMachine.Action {
    let action = policy.failed(
      error, hasOtherKeys: client.gate.hasOtherKeys(than: pass), jitter: Double.random(in: 0...1))
    return tell(action, after: error)
  }

  /// Logs when another provider or model goes on.
  @inline(never) private func tell(
    _ action: CallPolicyMachine.Action, after error: ProviderError
  ) -> CallPolicyMachine.Action {
    if case .call(let target) = action {
      let call = chain.calls[target]
      if call.provider != error.provider || call.request.model != error.model {
        log.write(
          .warning, "A provider is unavailable, falling back to the next of the chain",
          [
            "from": "\(error.provider)/\(error.model ?? "-")", "to": "\(call.provider)/\(call.request.model)",
            "code": error.code,
          ])
      }
    }
    return action
  }

  // MARK: The answer

  /// What of the events may be handed on now; nil for nothing yet.
  private func show(_ events: [ProviderEvent]) -> [ProviderEvent]? {
    for event in events { current?.tokens.received(event) }
    guard current?.isSeen == false else { return events }
    return firstShown(events)
  }

  @inline(never) private func firstShown(_ events: [ProviderEvent]) -> [ProviderEvent]? {
    guard var current else { return nil }
    defer { self.current = current }
    current.held += events.filter { $0 != .keepAlive }
    let isAnswer = current.held.contains { event in
      if case .finish = event { true } else { event.isVisible }
    }
    guard isAnswer || current.held.count > Self.longestBeginning else { return nil }
    current.isSeen = true
    author = current.stream?.author
    answeredTarget = current.target
    current.attempt?.answeredAt = client.gate.now()
    client.gate.answered(current.pass)
    if chain.calls.count > 1 { client.gate.answered(current.target, of: chain.name) }
    defer { current.held = [] }
    return current.held
  }

  @inline(never) private func failed(_ error: ProviderError) -> CallPolicyMachine.Action {
    guard let current else { return .end(error) }
    var error = error
    error.emitted = error.emitted || current.isSeen
    self.current = nil
    return end(priced(current), current.pass, error)
  }

  /// The try with what it took and what that costs.
  private func priced(_ current: Current) -> Attempt? {
    guard var attempt = current.attempt else { return nil }
    attempt.usage = current.tokens.usage(ofVisibleAnswer: current.isSeen)
    attempt.cost = attempt.usage.flatMap {
      journal.cost(of: $0, provider: attempt.provider, model: attempt.model, server: current.server)
    }
    return attempt
  }

  @inline(never) private func close(_ status: Attempt.Status, _ outcome: CallOutcome) {
    guard var current else { return }
    self.current = nil
    for event in current.stream?.cancel() ?? [] { current.tokens.received(event) }
    client.gate.leave(current.pass, outcome)
    guard var attempt = priced(current) else { return }
    attempt.status = status
    attempt.finishedAt = client.gate.now()
    journal.end(attempt)
  }
}

extension CompletionRequest {
  /// Bytes of a request that takes less than a tenth of a millisecond to write.
  private static let short = 64 << 10

  fileprivate var isLong: Bool {
    var bytes = 0
    for turn in turns {
      for part in turn.parts { bytes += part.textBytes + part.imageBytes }
      if bytes > Self.short { return true }
    }
    return false
  }
}

extension MessagePart {
  fileprivate var imageBytes: Int { if case .image(let image) = content { image.size } else { 0 } }
}
