package import EventEngine

/// What the hub needs of one connection, whatever protocol it speaks. Loop-confined, like all that uses it.
package protocol Transport: AnyObject {
  /// How events look on this connection.
  var format: TransportFormat { get }
  /// Whether the kernel takes bytes and nothing waits before them.
  var isWritable: Bool { get }
  /// Bytes that were accepted but not yet taken by the kernel.
  var pendingBytes: Int { get }
  /// When the kernel last took bytes, in monotonic nanoseconds.
  var lastProgress: UInt64 { get }
  /// When the peer last sent anything, in monotonic nanoseconds.
  var lastHeard: UInt64 { get }

  /// Writes bytes that are already in the connection's format, straight from the caller's memory, and returns how many were
  /// taken; 0 when the connection would block. A write may end inside a frame: the rest must be queued before anything else.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int
  /// The socket itself, when bytes in the connection's format may go to it beside those of others; nil when there is something between.
  var socket: Connection? { get }
  /// Bytes that a message may have and still come to it deflated; 0 when the client has not agreed to that.
  var deflateLimit: Int { get }
  /// A frame that carries a message deflated, good for every connection of the loop whose limit it is within; nil when it would not be
  /// smaller.
  func deflated(_ json: UnsafeRawBufferPointer) -> [UInt8]?
  /// Takes bytes in the connection's format, to be sent behind what waits.
  func queue(_ bytes: [UInt8])
  /// Takes one message for this connection alone (a reply, a snapshot, a ping).
  func send(_ json: [UInt8])
  /// As above, for a message that brings the client to a position (`epoch:seq`): one that comes back from there misses nothing.
  func send(_ json: [UInt8], at position: String)
  /// Asks the peer for a sign of life, if the protocol can.
  func probe()
  /// Ends the connection when all that waits was sent; nothing went wrong.
  func finish()
  /// Says why and when to come back, if that is worth a try, then ends the connection.
  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?)
}

extension Transport {
  /// Most protocols say the position in the message alone.
  package func send(_ json: [UInt8], at position: String) { send(json) }
  /// Most take nothing deflated.
  package var deflateLimit: Int { 0 }
  /// See `deflateLimit`.
  package func deflated(_ json: UnsafeRawBufferPointer) -> [UInt8]? { nil }
}

/// The two encodings of an event: a WebSocket text frame, or an event of an event stream.
package enum TransportFormat: Sendable {
  case webSocket
  case eventStream
}
