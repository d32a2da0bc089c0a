import Fetch
import Synchronization

/// One answer as it comes, for one reader. Letting go of it cancels the call.
package final class ProviderStream: Sendable {
  /// What `next` brings.
  package enum Step: Equatable, Sendable {
    /// What came since the last step; never empty.
    case events([ProviderEvent])
    /// Nothing came before the deadline; the answer goes on.
    case deadline
    /// The answer is complete; `finish` was among the events.
    case end
  }

  private enum Source {
    case transfer(Transfer, any ProviderDecoder)
    case script(DemoScript)
    case failed(ProviderError)
    case ended
  }

  private struct State {
    var source: Source
    var emitted = false
  }

  private let origin: ProviderOrigin
  private let request: String?
  private let state: Mutex<State>

  init(_ transfer: Transfer, _ decoder: any ProviderDecoder, origin: ProviderOrigin, request: String?) {
    self.origin = origin
    self.request = request
    state = Mutex(State(source: .transfer(transfer, decoder)))
  }

  init(_ script: DemoScript) {
    origin = script.origin
    request = nil
    state = Mutex(State(source: .script(script)))
  }

  /// Who answers: the provider's name in `ProviderTable`, and the model as it was asked for.
  package var author: (provider: String, model: String) { (origin.provider, origin.model) }

  /// Waits for more of the answer.
  ///
  /// - Parameter deadline: in `ProviderClient.now`'s nanoseconds; nil waits as long as the time-outs allow.
  /// - Throws: why the answer is not complete, once all events before it were given out; again at every later call.
  package func next(until deadline: UInt64? = nil) async throws(ProviderError) -> Step {
    while true {
      switch state.withLock({ $0.source }) {
      case .ended: return .end
      case .failed(let error): throw error
      case .script(let script):
        if let step = try await play(script, until: deadline) { return step }
      case .transfer(let transfer, _):
        if let step = try await read(transfer, until: deadline) { return step }
      }
    }
  }

  /// Ends the call at once and closes its connection; the reader gets `cancelled`.
  ///
  /// - Returns: what the server had told and was not given out yet: the tokens so far, above all.
  @discardableResult
  package func cancel() -> [ProviderEvent] {
    let (transfer, events) = state.withLock { state -> (Transfer?, [ProviderEvent]) in
      switch state.source {
      case .transfer(let transfer, var decoder):
        var events: [ProviderEvent] = []
        decoder.abandon(into: &events)
        state.source = .failed(cancelled(emitted: state.emitted))
        return (transfer, events)
      case .script: state.source = .failed(cancelled(emitted: state.emitted))
      case .failed, .ended: break
      }
      return (nil, [])
    }
    transfer?.cancel()
    return events
  }

  // MARK: Over HTTP

  private func read(_ transfer: Transfer, until deadline: UInt64?) async throws(ProviderError) -> Step? {
    do throws(FetchError) {
      switch try await transfer.next(until: deadline) {
      case .deadline: return .deadline
      case .bytes(let bytes): return decode(bytes, transfer)
      case .end: return finish(because: nil)
      }
    } catch {
      return finish(because: origin.failure(error, phase: .stream))
    }
  }

  private func decode(_ bytes: [UInt8], _ transfer: Transfer) -> Step? {
    state.withLock { state in
      guard case .transfer(_, var decoder) = state.source else { return nil }
      // Taken out while it works, so that its buffers have one owner and are not copied.
      state.source = .ended
      var events: [ProviderEvent] = []
      do throws(ProviderError) {
        try decoder.receive(bytes, into: &events)
        if case .finish = events.last {
          // What may still come (the end of the chunked body) is left to the fetch thread, so that the connection can be used again.
          transfer.linger()
        } else {
          state.source = .transfer(transfer, decoder)
        }
      } catch {
        transfer.cancel()
        decoder.abandon(into: &events)
        fail(error, events, &state)
      }
      return give(events, &state)
    }
  }

  /// The body is over, by its end or by a failure.
  private func finish(because failure: ProviderError?) -> Step? {
    state.withLock { state in
      guard case .transfer(_, var decoder) = state.source else { return nil }
      var events: [ProviderEvent] = []
      if let failure, failure.kind == .cancelled || !decoder.isComplete {
        decoder.abandon(into: &events)
        fail(failure, events, &state)
        return give(events, &state)
      }
      do throws(ProviderError) {
        try decoder.end(into: &events)
        state.source = .ended
      } catch {
        decoder.abandon(into: &events)
        fail(error, events, &state)
      }
      return give(events, &state)
    }
  }

  private func fail(_ error: ProviderError, _ events: [ProviderEvent], _ state: inout State) {
    var error = error
    error.emitted = state.emitted || events.contains(where: \.isVisible)
    error.request = error.request ?? request
    state.source = .failed(error)
  }

  private func give(_ events: [ProviderEvent], _ state: inout State) -> Step? {
    guard !events.isEmpty else { return nil }
    state.emitted = state.emitted || events.contains(where: \.isVisible)
    return .events(events)
  }

  private func cancelled(emitted: Bool) -> ProviderError {
    ProviderError(
      .cancelled, "The answer of \(origin.title) was cancelled.", provider: origin.provider,
      model: origin.model,
      phase: .stream, emitted: emitted)
  }

  // MARK: Built in

  private func play(_ script: DemoScript, until deadline: UInt64?) async throws(ProviderError) -> Step? {
    let now = Fetcher.now
    let due = script.nextAt ?? now
    let wakeAt = min(due, deadline ?? .max)
    if wakeAt > now {
      // A cancelled task wakes at once.
      try? await Task.sleep(nanoseconds: wakeAt - now)
    }
    if Task.isCancelled { cancel() }
    guard wakeAt == due else { return isPlaying ? .deadline : nil }
    return state.withLock { state in
      guard case .script(var script) = state.source else { return nil }
      let events = script.advance(now: Fetcher.now)
      state.source = script.isOver ? .ended : .script(script)
      return give(events, &state)
    }
  }

  private var isPlaying: Bool {
    state.withLock { if case .script = $0.source { true } else { false } }
  }
}
