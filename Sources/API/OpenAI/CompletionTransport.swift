import Basics
import EventEngine
import Model
import Realtime
import WebServer
import Wire

/// An answer's stream as the hub sees a connection. It listens before its response begins, and keeps what comes until then.
final class CompletionTransport: Transport {
  private var chunks: ChatChunks
  private let sign: CompletionSign
  private var lines = LineParser(limit: .max)
  private var stream: ResponseStream?
  /// What was said before the response began.
  private var waiting: [UInt8] = []
  private var isOver = false
  /// What the run came to; set before the last event is delivered.
  var outcome: ChatOutcome?

  init(_ chunks: ChatChunks, _ sign: CompletionSign) {
    self.chunks = chunks
    self.sign = sign
  }

  var format: TransportFormat { .eventStream }
  var isWritable: Bool { stream?.isWritable ?? true }
  var pendingBytes: Int { stream?.pendingBytes ?? waiting.count }
  var lastProgress: UInt64 { stream?.lastProgress ?? 0 }
  /// Nothing goes out as the hub encoded it.
  var socket: Connection? { nil }
  /// Never: nothing is expected from a client.
  var lastHeard: UInt64 { 0 }
  /// Whether the response has begun.
  var isAttached: Bool { stream != nil }

  /// The response begins.
  func attach(_ stream: ResponseStream) {
    self.stream = stream
    if waiting.isEmpty { probe() } else { stream.write(waiting) }
    waiting = []
    if isOver { end() }
  }

  /// Events are taken whole: the stream keeps what the kernel refuses.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    queue(Array(bytes))
    return bytes.count
  }

  func queue(_ bytes: [UInt8]) {
    for line in (try? lines.receive(bytes)) ?? [] where line.starts(with: Self.head) {
      guard let json = try? JSON.parse(Array(line.dropFirst(Self.head.count))) else { continue }
      say(chunks.events(for: json))
    }
    if chunks.hasBegun { sign.begin() }
  }

  private static let head = Array("data: ".utf8)

  func send(_ json: [UInt8]) {}

  /// The comment keeps proxies from closing a silent stream.
  func probe() { stream?.write(ServerSentEvent.keepAlive) }

  func finish() { close() }

  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?) { close() }

  /// Without an outcome the hub leaves, or the reader was too slow.
  private func close() {
    guard !isOver else { return }
    isOver = true
    let outcome = outcome ?? ChatOutcome(status: .interrupted)
    say(chunks.closing(outcome))
    sign.end(outcome)
    if stream != nil { end() }
  }

  /// The callbacks hold the subscriber, which holds this.
  private func end() {
    stream?.onWritable = nil
    stream?.onClosed = nil
    stream?.onPeerFinished = nil
    stream?.onStopping = nil
    stream?.finish()
    stream = nil
  }

  /// Each event in one piece.
  private func say(_ events: [SurfaceEvent]) {
    for event in events {
      if let stream { stream.write(event.encoded) } else { waiting += event.encoded }
    }
  }
}
