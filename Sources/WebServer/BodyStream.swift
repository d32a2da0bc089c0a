import Basics
import Synchronization

/// A request's body that reaches its route while it comes, so that it need not fit into memory.
///
/// The connection is not read further while what has come is not taken: a slow route slows its client down.
package final class BodyStream: Sendable {
  private struct State: ~Copyable {
    var bytes: [UInt8] = []
    var ending: Ending?
    /// The route waits for the next piece.
    var reader: CheckedContinuation<Void, Never>?
  }

  private enum Ending { case whole, cut }

  private let state = Mutex(State())
  /// Called when there is room again.
  private let taken: @Sendable () -> Void

  /// Bytes that wait for the route before the connection is not read further.
  private static let roomBytes = 256 << 10

  init(taken: @escaping @Sendable () -> Void) { self.taken = taken }

  // MARK: - The route's side

  /// Takes what has come; nil at the body's end. One caller at a time.
  ///
  /// - Throws: `body_cut` when the client left, or sent what is no body, before the end.
  package func next() async throws(BodyCut) -> [UInt8]? {
    while true {
      if let piece = try take() { return piece.isEmpty ? nil : piece }
      await withCheckedContinuation { reader in
        let isReady = state.withLock { state in
          let isReady = !state.bytes.isEmpty || state.ending != nil
          if !isReady { state.reader = reader }
          return isReady
        }
        if isReady { reader.resume() }
      }
    }
  }

  /// What has come, nothing at the end, nil when it is to be waited for.
  private func take() throws(BodyCut) -> [UInt8]? {
    let (bytes, ending) = state.withLock { state in
      let bytes = state.bytes
      state.bytes = []
      return (bytes, state.ending)
    }
    if case .cut = ending { throw BodyCut() }
    if bytes.count >= Self.roomBytes { taken() }
    return bytes.isEmpty && ending == nil ? nil : bytes
  }

  // MARK: - The connection's side

  /// Whether the route should take something before more is read.
  var isFull: Bool { state.withLock { $0.bytes.count >= Self.roomBytes && $0.ending == nil } }

  func put(_ bytes: [UInt8]) {
    wake { state in
      if state.bytes.isEmpty { state.bytes = bytes } else { state.bytes += bytes }
    }
  }

  /// The body is whole.
  func end() { wake { if $0.ending == nil { $0.ending = .whole } } }

  /// No more comes, and the body is not whole. Nothing happens when it was.
  func cut() { wake { if $0.ending == nil { $0.ending = .cut } } }

  private func wake(_ change: (inout State) -> Void) {
    let reader = state.withLock { state in
      change(&state)
      return state.reader.take()
    }
    reader?.resume()
  }
}

/// A request's body ended before it was whole.
package struct BodyCut: CodedError, Equatable {
  package var code: String { "body_cut" }
  package var message: String { "The request's body ended before it was whole." }
  package var hint: String? { "Send it again." }
}
