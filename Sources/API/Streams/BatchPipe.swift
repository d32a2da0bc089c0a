import EventEngine
import Providers
import Synchronization
import WebServer

/// A response's stream as a task outside of its loop sees it: what a slow reader has not taken yet makes the writer wait.
final class BatchPipe: Sendable {
  /// Bytes that may wait for a slow reader.
  private static let mostUnsent = 256 << 10

  /// The streams of one loop, since only their loop may touch them.
  private final class Streams {
    static let key = LoopLocal<Streams>()
    var open: [ObjectIdentifier: ResponseStream] = [:]
  }

  private struct State {
    var isOpen = true
    var unsent = 0
  }

  private let loop: EventLoop
  private let bell = Bell()
  private let state = Mutex(State())

  /// On the stream's loop.
  init(loop: Loop, stream: ResponseStream) {
    self.loop = loop.outside
    let streams = loop[Streams.key] ?? Streams()
    loop[Streams.key] = streams
    let id = ObjectIdentifier(self)
    streams.open[id] = stream
    stream.onWritable = { [weak stream] in self.drained(stream?.pendingBytes ?? 0) }
    stream.onClosed = {
      streams.open[id] = nil
      self.close()
    }
    stream.onStopping = {
      streams.open.removeValue(forKey: id)?.finish()
      self.close()
    }
  }

  /// Whether somebody still reads.
  var isOpen: Bool { state.withLock { $0.isOpen } }

  /// Sends a piece, and waits until the reader is not far behind; false when nobody reads any more.
  func write(_ bytes: [UInt8]) async -> Bool {
    guard isOpen else { return false }
    state.withLock { $0.unsent += bytes.count }
    loop.submit { [self] loop in
      guard let stream = loop[Streams.key]?.open[ObjectIdentifier(self)] else { return }
      stream.write(bytes)
      drained(stream.pendingBytes)
    }
    while true {
      let seen = bell.count
      let (isOpen, unsent) = state.withLock { ($0.isOpen, $0.unsent) }
      guard isOpen, unsent > Self.mostUnsent else { return isOpen }
      await bell.wait(after: seen, within: .seconds(60))
    }
  }

  /// Ends the stream in order, behind all that was written.
  func finish() {
    loop.submit { [self] loop in
      loop[Streams.key]?.open.removeValue(forKey: ObjectIdentifier(self))?.finish()
      close()
    }
  }

  private func drained(_ pending: Int) {
    state.withLock { $0.unsent = pending }
    bell.ring()
  }

  private func close() {
    state.withLock { $0.isOpen = false }
    bell.ring()
  }
}
