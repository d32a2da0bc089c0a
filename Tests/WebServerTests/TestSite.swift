import Basics
import EventEngine
import Synchronization
import TestKit
import WebServer
import Wire

/// Lets asynchronous routes wait until the test says so.
final class Gate: Sendable {
  private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// A server with a few routes, on threads of its own, that ends with the test.
final class TestSite: Sendable {
  let port: UInt16
  let server: HTTPServer
  let loops: [EventLoop]
  let gate = Gate()
  /// What streams and sockets went through.
  let notes = Recorder<String>()
  /// Bodies of requests that reached a route.
  let bodies = Recorder<[UInt8]>()

  init(
    loops count: Int = 1, configuration: ServerConfiguration = ServerConfiguration(),
    hooks: ServerHooks = ServerHooks()
  ) throws {
    loops = try (0..<count).map { index throws(EngineError) in try EventLoop(index: index, log: .silent) }
    let router = Self.router(gate, notes, bodies)
    server = HTTPServer(loops: loops, router: router, configuration: configuration, hooks: hooks)
    let listener = try Listener(host: "127.0.0.1", port: 0)
    port = listener.port
    for loop in loops { try loop.start() }
    server.serve(listener)
  }

  deinit {
    gate.open()
    for loop in loops { loop.stop() }
    for loop in loops { loop.join() }
  }

  func client(patience: Duration = .seconds(10), receiveBuffer: Int32? = nil) throws -> RawSocket {
    try RawSocket(port: port, patience: patience, receiveBuffer: receiveBuffer)
  }

  /// Waits until the server has no open connection of any kind; false when it keeps one.
  func isEmptySoon() -> Bool {
    for _ in 0..<500 {
      let counts = server.counts
      if counts.connections + counts.webSockets + counts.streams == 0,
        loops.allSatisfy({ $0.connectionCount == 0 })
      {
        return true
      }
      // Each look goes through the loops, which paces the waiting by their ticks.
      let ticked = Recorder<Int>()
      for loop in loops {
        loop.submit { loop in loop.schedule(after: .milliseconds(10)) { _ in ticked.record(0) } }
      }
      ticked.wait(count: loops.count)
    }
    return false
  }

  /// What only a request says that got through.
  static let canary = "tweet tweet"

  static func text(_ text: String) -> Response { Response(type: "text/plain", Array(text.utf8)) }

  private static func router(_ gate: Gate, _ notes: Recorder<String>, _ bodies: Recorder<[UInt8]>) -> Router {
    Router([
      Route(.get, "/hello", "Greets.", .direct { _ in text("hello") }),
      Route(.get, "/canary", "Sings.", .direct { _ in text(canary) }),
      Route(
        .get, "/later", "Greets when the gate opens.",
        .async { request in
          await gate.wait()
          return text("later on loop: \(request.loop.isCurrent)")
        }),
      Route(
        .post, "/echo", "Gives the body back.",
        .direct { request in
          bodies.record(request.body)
          return Response(type: "application/octet-stream", request.body)
        }),
      Route(
        .post, "/upload", "Counts the bytes of a body while it comes, slowly if asked to.",
        .streamed(bodyLimit: 8 << 20) { request, stream in
          notes.record("upload began")
          if request.queryValue("answer") == "early" { return text("enough") }
          if request.queryValue("wait") != nil { await gate.wait() }
          var (count, most, sum) = (0, 0, 0)
          do {
            while let piece = try await stream.next() {
              count += piece.count
              most = max(most, piece.count)
              for byte in piece { sum = (sum &* 31 &+ Int(byte)) & 0xFFFF_FFFF }
            }
          } catch {
            notes.record("upload cut after \(count)")
            return Response(400)
          }
          notes.record("most at once: \(most)")
          return text("\(count) \(sum)")
        }),
      Route(.get, "/agents/{id}", "Names an agent.", .direct { text("agent \($0.parameters["id"] ?? "?")") }),
      Route(.delete, "/agents/{id}", "Removes one.", .direct { _ in Response(204) }),
      Route(
        .get, "/agents/{id}/runs/{run}", "Names a run.",
        .direct { request in
          text("run \(request.parameters["run"] ?? "?") of \(request.parameters["id"] ?? "?")")
        }),
      Route(.get, "/agents/all", "A literal beside a parameter.", .direct { _ in text("all") }),
      Route(
        .get, "/large", "Sends a large body.",
        .direct { request in
          notes.record("large")
          return Response(
            type: "text/plain", [UInt8](repeating: 65, count: Int(request.queryValue("size") ?? "") ?? 0))
        }),
      Route(
        .get, "/count", "Streams three pieces.",
        .direct { _ in
          Response(
            200,
            body: .stream { _, stream in
              for piece in ["one ", "two ", "three"] { stream.write(Array(piece.utf8)) }
              stream.finish()
            })
        }),
      Route(
        .get, "/flood", "Streams 16 MiB as fast as the reader takes it.",
        .direct { _ in
          Response(200, body: .stream { _, stream in Flood(notes).begin(stream) })
        }),
      Route(
        .get, "/watch", "Streams until the client leaves.",
        .direct { _ in
          Response(
            200,
            body: .stream { loop, stream in
              let watchers = loop[Watchers.key] ?? Watchers()
              loop[Watchers.key] = watchers
              watchers.streams.append(stream)
              stream.write(Array("watching".utf8))
              stream.onClosed = { notes.record("closed") }
            })
        }),
      Route(
        .get, "/tell", "Writes to all who watch, then answers.",
        .direct { _ in
          Response(
            200,
            body: .stream { loop, stream in
              for watcher in loop[Watchers.key]?.streams ?? [] { watcher.write(Array("told".utf8)) }
              stream.write(Array("done".utf8))
              stream.finish()
            })
        }),
      Route(
        .get, "/socket", "Echoes messages.",
        .direct { _ in
          .upgrade(subprotocol: "echo") { _, socket in socket.delegate = EchoSocket(notes) }
        }),
      Route(
        .get, "/socket-later", "Upgrades when the gate opens.",
        .async { _ in
          await gate.wait()
          return .upgrade { _, socket in socket.delegate = EchoSocket(notes) }
        }),
    ])
  }
}

/// The streams of a loop that wait to be told something.
private final class Watchers {
  static let key = LoopLocal<Watchers>()
  var streams: [ResponseStream] = []
}

/// Writes a lot, but never beyond what the reader keeps up with.
private final class Flood {
  private var left = 16 << 20
  private let notes: Recorder<String>

  init(_ notes: Recorder<String>) { self.notes = notes }

  func begin(_ stream: ResponseStream) {
    stream.onWritable = { [self] in go(stream) }
    stream.onClosed = { [notes] in notes.record("closed") }
    go(stream)
  }

  private func go(_ stream: ResponseStream) {
    while left > 0, stream.isWritable {
      stream.write([UInt8](repeating: 66, count: 65536))
      left -= 65536
      if stream.pendingBytes > 70_000 { notes.record("too much waits: \(stream.pendingBytes)") }
    }
    if left == 0 { stream.finish() }
  }
}

private final class EchoSocket: WebSocketDelegate {
  private let notes: Recorder<String>

  init(_ notes: Recorder<String>) { self.notes = notes }

  func receivedText(_ bytes: [UInt8], from socket: WebSocketConnection) {
    switch String(decoding: bytes, as: UTF8.self) {
    case "close": socket.close(4001, reason: "asked to")
    case "abort": socket.abort()
    case "ping": socket.ping(Array("p".utf8))
    case "write":
      let frames = WebSocketFrame.text("one") + WebSocketFrame.text("two")
      let count = frames.withUnsafeBytes { socket.write(frames: $0) }
      notes.record("wrote \(count == frames.count)")
    default: socket.send(text: bytes)
    }
  }

  func receivedBinary(_ bytes: [UInt8], from socket: WebSocketConnection) { socket.send(binary: bytes) }

  func receivedPong(_ payload: [UInt8], from socket: WebSocketConnection) {
    notes.record("pong \(String(decoding: payload, as: UTF8.self))")
  }

  func becameWritable(_ socket: WebSocketConnection) {}

  func closed(_ socket: WebSocketConnection, code: WebSocketCloseCode, reason: String) {
    notes.record("closed \(code) \(reason)")
  }
}
