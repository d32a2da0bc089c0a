import Basics
import EventEngine
import Realtime
import WebServer
import Wire

/// A response's stream as the hub sees a connection: events as they are, everything else as `event: control`.
final class EventStreamTransport: Transport {
  private let stream: ResponseStream

  init(_ stream: ResponseStream) { self.stream = stream }

  var format: TransportFormat { .eventStream }
  var isWritable: Bool { stream.isWritable }
  var pendingBytes: Int { stream.pendingBytes }
  var lastProgress: UInt64 { stream.lastProgress }
  /// Chunks have a frame of their own.
  var socket: Connection? { nil }
  /// Never: nothing is expected from a client.
  var lastHeard: UInt64 { 0 }

  /// A chunk is taken whole: the stream keeps what the kernel refuses.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    stream.write(Array(bytes))
    return bytes.count
  }

  func queue(_ bytes: [UInt8]) { stream.write(bytes) }

  func send(_ json: [UInt8]) { stream.write(ServerSentEvent(event: "control", data: json).encoded) }

  /// The id lets a client that leaves right here come back here.
  func send(_ json: [UInt8], at position: String) {
    stream.write(ServerSentEvent(id: position, event: "control", data: json).encoded)
  }

  /// A client cannot answer; the comment keeps proxies from closing a silent stream.
  func probe() { stream.write(ServerSentEvent.keepAlive) }

  func finish() { end() }

  /// The client comes back by itself, with its last id, and waits as long as `retry` says.
  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?) {
    let bye = Reply.bye(reason, retryAfterMilliseconds: retryAfterMilliseconds)
    stream.write(ServerSentEvent(event: "control", retry: retryAfterMilliseconds, data: bye).encoded)
    end()
  }

  private func end() {
    // They hold the subscriber, which holds this.
    stream.onWritable = nil
    stream.onClosed = nil
    stream.onPeerFinished = nil
    stream.onStopping = nil
    stream.finish()
  }
}
