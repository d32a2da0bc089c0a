/// Names a connection for good: a later connection with the same descriptor has another id.
package struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
  /// Index of the loop that the connection lives on.
  package let loop: UInt16
  /// The slot in the loop's table, which is the descriptor.
  let slot: Int32
  /// How often the slot had been used before.
  let generation: UInt32

  package var description: String { "\(loop)-\(slot)-\(generation)" }
}

/// Why a connection is over.
package enum ConnectionEnd: Sendable, Equatable {
  /// It was finished from here and all bytes were handed over.
  case finished
  /// It was aborted from here.
  case aborted
  /// The peer reset it, or the network failed; the system's words.
  case failed(String)
  /// The TLS handshake failed or took too long; what was wrong.
  case handshakeFailed(String)
  /// The loop stopped.
  case loopStopped
}
