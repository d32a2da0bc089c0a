import Synchronization

/// What the fetch thread and the reader of one transfer share: the head, the bytes in between, the end.
final class TransferChannel: Sendable {
  /// How a wait ends. `ready` means: look again.
  enum Wake { case ready, deadline }

  /// What the writer should do with the bytes it brought.
  enum Admission { case taken, full }

  private struct State {
    var head: FetchHead?
    var buffer: [UInt8] = []
    var end: Result<Void, FetchError>?
    var isPaused = false
    var waiter: CheckedContinuation<Wake, Never>?
    /// Counts waits, so that a deadline of an earlier one is told from the present one's.
    var wait: UInt64 = 0
  }

  /// Bytes that came and whether the writer waits for room.
  struct Taken {
    var bytes: [UInt8]
    var wasPaused: Bool
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  // MARK: The fetch thread's side

  func open(_ head: FetchHead) { wake { $0.head = head } }

  /// Takes bytes, unless too many wait already: then all of them must be brought again later.
  func append(_ bytes: UnsafeRawBufferPointer) -> Admission {
    let (admission, waiter) = state.withLock { state -> (Admission, CheckedContinuation<Wake, Never>?) in
      guard state.end == nil else { return (.taken, nil) }
      guard state.buffer.count < limit else {
        state.isPaused = true
        return (.full, nil)
      }
      state.buffer.append(contentsOf: bytes)
      return (.taken, state.waiter.take())
    }
    waiter?.resume(returning: .ready)
    return admission
  }

  /// Ends the stream; the first end counts.
  func finish(_ end: Result<Void, FetchError>) {
    wake { state in
      if state.end == nil { state.end = end }
    }
  }

  /// A deadline passed; ends the wait that asked for it if it still lasts.
  func expire(wait: UInt64) {
    let waiter = state.withLock { $0.wait == wait ? $0.waiter.take() : nil }
    waiter?.resume(returning: .deadline)
  }

  // MARK: The reader's side

  /// Ends the stream at once with an error, unless it failed before, and drops what was not read.
  ///
  /// - Returns: whether bytes could still have come.
  func abandon(_ error: FetchError) -> Bool {
    var wasOpen = false
    wake { state in
      wasOpen = state.end == nil
      if case .failure = state.end {} else { state.end = .failure(error) }
      state.buffer = []
    }
    return wasOpen
  }

  /// The head if it came; nil if it must be waited for.
  func head() throws(FetchError) -> FetchHead? {
    let (head, end) = state.withLock { ($0.head, $0.end) }
    if let head { return head }
    guard let end else { return nil }
    try end.get()
    return nil
  }

  /// All bytes that came since the last call; nil if they must be waited for. Empty at the end.
  func take() throws(FetchError) -> Taken? {
    let (taken, end) = state.withLock { state -> (Taken?, Result<Void, FetchError>?) in
      guard !state.buffer.isEmpty else { return (nil, state.end) }
      let taken = Taken(bytes: state.buffer, wasPaused: state.isPaused)
      state.buffer = []
      state.isPaused = false
      return (taken, nil)
    }
    if let taken { return taken }
    guard let end else { return nil }
    try end.get()
    return Taken(bytes: [], wasPaused: false)
  }

  /// Waits for a change; returns at once if one is there already. One reader only.
  ///
  /// - Parameters:
  ///   - forHead: whether the head is waited for, or bytes.
  ///   - arm: called with the wait's number once it lasts, to set a deadline.
  func wait(forHead: Bool, arm: (UInt64) -> Void) async -> Wake {
    await withCheckedContinuation { continuation in
      let wait = state.withLock { state -> UInt64? in
        let isReady = state.end != nil || (forHead ? state.head != nil : !state.buffer.isEmpty)
        guard !isReady else { return nil }
        precondition(state.waiter == nil, "a transfer has one reader")
        state.waiter = continuation
        state.wait += 1
        return state.wait
      }
      if let wait { arm(wait) } else { continuation.resume(returning: .ready) }
    }
  }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      return state.waiter.take()
    }
    waiter?.resume(returning: .ready)
  }
}
