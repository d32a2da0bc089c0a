import Basics
import EventEngine
import Model
import Realtime
import WebServer
import Wire

/// A response's stream as the hub sees a connection: events of a run go through a surface's dialect.
///
/// What the hub says besides events (snapshots, positions) is not for the surface; text that such a reader has missed comes with the end.
final class SurfaceTransport: Transport {
  private let stream: ResponseStream
  private let run: Identifier<Run>
  private var dialect: any SurfaceDialect
  private var lines = LineParser(limit: .max)
  /// What the run came to; set before the last event is delivered.
  var ending: RunEnding?

  init(_ stream: ResponseStream, _ dialect: any SurfaceDialect, of run: Identifier<Run>) {
    self.stream = stream
    self.dialect = dialect
    self.run = run
  }

  var format: TransportFormat { .eventStream }
  var isWritable: Bool { stream.isWritable }
  var pendingBytes: Int { stream.pendingBytes }
  var lastProgress: UInt64 { stream.lastProgress }
  /// Nothing goes out as the hub encoded it.
  var socket: Connection? { nil }
  /// Never: nothing is expected from a client.
  var lastHeard: UInt64 { 0 }

  /// Shows proxies and clients that the stream is open.
  func open() {
    let opening = dialect.opening()
    if opening.isEmpty { probe() } else { write(opening) }
  }

  /// Events are taken whole: the stream keeps what the kernel refuses.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    queue(Array(bytes))
    return bytes.count
  }

  func queue(_ bytes: [UInt8]) {
    for line in (try? lines.receive(bytes)) ?? [] where line.starts(with: Self.head) {
      guard let json = try? JSON.parse(Array(line.dropFirst(Self.head.count))),
        let fact = RunFact(json, of: run)
      else { continue }
      write(dialect.events(for: fact))
    }
  }

  private static let head = Array("data: ".utf8)

  func send(_ json: [UInt8]) {}

  /// The comment keeps proxies from closing a silent stream.
  func probe() { stream.write(ServerSentEvent.keepAlive) }

  func finish() { close(with: ending ?? Self.cut) }

  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?) { close(with: ending ?? Self.cut) }

  /// The hub leaves, or the reader was too slow.
  private static let cut = RunEnding(status: .interrupted, text: "", failure: .interrupted, seconds: 0)

  private func close(with ending: RunEnding) {
    write(dialect.closing(ending))
    // They hold the subscriber, which holds this.
    stream.onWritable = nil
    stream.onClosed = nil
    stream.onPeerFinished = nil
    stream.onStopping = nil
    stream.finish()
  }

  /// Each event in one piece.
  private func write(_ events: [SurfaceEvent]) {
    for event in events { stream.write(event.encoded) }
  }
}
