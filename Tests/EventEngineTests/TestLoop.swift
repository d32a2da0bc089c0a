import Basics
import EventEngine
import TestKit

/// Loops on threads of their own that end with the test.
final class TestLoops: Sendable {
  let loops: [EventLoop]
  var first: EventLoop { loops[0] }

  init(_ count: Int = 1) throws {
    loops = try (0..<count).map { index throws(EngineError) in try EventLoop(index: index, log: .silent) }
    for loop in loops { try loop.start() }
  }

  deinit { stop() }

  func stop() {
    for loop in loops { loop.stop() }
    for loop in loops { loop.join() }
  }

  /// Runs a body on the first loop's thread and waits for its result.
  func inside<Result: Sendable>(_ body: @escaping @Sendable (Loop) -> Result) -> Result? {
    let recorder = Recorder<Result>()
    first.submit { loop in recorder.record(body(loop)) }
    return recorder.wait().first
  }
}

/// What happened to a connection, in order.
enum Happening: Sendable, Equatable {
  case began(loop: Int, secure: Bool, address: String)
  case received([UInt8])
  case writable
  case peerFinished
  case closed(ConnectionEnd)
}

/// A delegate that records, and then does what the test says.
final class ScriptedDelegate: ConnectionDelegate {
  private let recorder: Recorder<Happening>
  var onReceived: (Connection, [UInt8]) -> Void = { _, _ in }
  var onWritable: (Connection) -> Void = { _ in }
  var onPeerFinished: (Connection) -> Void = { $0.finish() }

  init(_ recorder: Recorder<Happening>) { self.recorder = recorder }

  func received(_ bytes: UnsafeRawBufferPointer, from connection: Connection) {
    recorder.record(.received(Array(bytes)))
    onReceived(connection, Array(bytes))
  }

  func becameWritable(_ connection: Connection) {
    recorder.record(.writable)
    onWritable(connection)
  }

  func peerFinished(_ connection: Connection) {
    recorder.record(.peerFinished)
    onPeerFinished(connection)
  }

  func closed(_ connection: Connection, reason: ConnectionEnd) { recorder.record(.closed(reason)) }
}

/// A listener on a free port whose connections are scripted.
struct TestServer {
  let port: UInt16
  let happenings = Recorder<Happening>()
  let acceptor: Acceptor?

  init(
    _ loops: TestLoops, tls: TLSContext? = nil, limits: AdmissionLimits = AdmissionLimits(),
    words: @escaping @Sendable (Loop, AdmissionRefusal) -> [UInt8] = { _, _ in [] },
    begin: @escaping @Sendable (Connection, ScriptedDelegate) -> Void
  ) throws {
    let listener = try Listener(host: "127.0.0.1", port: 0)
    port = listener.port
    let happenings = self.happenings
    acceptor = Acceptor(listener, loops: loops.loops, tls: tls, limits: limits, refusal: words) {
      loop, connection in
      let delegate = ScriptedDelegate(happenings)
      connection.delegate = delegate
      happenings.record(
        .began(loop: loop.outside.index, secure: connection.isSecure, address: connection.remoteAddress))
      begin(connection, delegate)
    }
  }

  /// A server that sends back what it receives.
  static func echo(_ loops: TestLoops, tls: TLSContext? = nil) throws -> TestServer {
    try TestServer(loops, tls: tls) { _, delegate in
      delegate.onReceived = { $0.send($1) }
    }
  }

  /// Waits for the first end of a connection.
  func waitForEnd() -> ConnectionEnd? {
    for count in 1...2000 {
      let all = happenings.wait(count: count)
      for case .closed(let reason) in all { return reason }
      if all.count < count { return nil }
    }
    return nil
  }
}
