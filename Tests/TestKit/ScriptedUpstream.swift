import Glibc
import Synchronization

/// A real HTTP server on the loopback address that answers each request with a script, on blocking threads.
///
/// For tests of clients: it writes what it is told, waits, breaks off, and remembers what it was asked.
package final class ScriptedUpstream: Sendable {
  /// What to do next on a connection.
  package enum Action: Sendable {
    case write([UInt8])
    case wait(milliseconds: Int)
    /// Waits, at most 20 s, until the test opens the gate.
    case waitFor(Gate)
    /// Waits, at most 20 s, until the client closes.
    case stall
    /// Closes properly.
    case close
    /// Closes with a reset, as a crashed peer does.
    case reset
  }

  /// One request as it came.
  package struct Request: Sendable {
    package var method = ""
    package var path = ""
    /// Names in lower case.
    package var fields: [(name: String, value: String)] = []
    package var body: [UInt8] = []

    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  private struct State {
    var requests: [Request] = []
    var connections: Set<Int32> = []
    var accepted = 0
    var closedByPeer = 0
    var bytesWritten = 0
    var isStopped = false
  }

  package let port: Int
  private let listener: Int32
  private let script: @Sendable (Request) -> [Action]
  private let state = Mutex(State())

  /// Starts listening.
  ///
  /// - Parameter script: what to do for a request; afterwards the connection waits for its next one.
  package init(_ script: @escaping @Sendable (Request) -> [Action]) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 512) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard listener >= 0, isListening else { throw UpstreamError(errno: errno) }
    port = Int(UInt16(bigEndian: address.sin_port))
    self.script = script
    Self.startThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0, let self, self.admit(connection) else {
          if connection >= 0 { Glibc.close(connection) }
          return
        }
        Self.startThread { self.serve(connection) }
      }
    }
  }

  /// Starts a server that gives every request the same answer.
  package convenience init(_ actions: Action...) throws { try self.init { _ in actions } }

  package var url: String { "http://127.0.0.1:\(port)" }
  package var requests: [Request] { state.withLock { $0.requests } }
  /// Connections that were made.
  package var accepted: Int { state.withLock { $0.accepted } }
  /// Connections that the client ended.
  package var closedByPeer: Int { state.withLock { $0.closedByPeer } }
  /// Bytes that the kernel took.
  package var bytesWritten: Int { state.withLock { $0.bytesWritten } }

  /// Waits until something holds; false when it does not within the time.
  package func wait(
    seconds: Double = 10, until holds: @Sendable (ScriptedUpstream) -> Bool
  ) async -> Bool {
    let end = ContinuousClock.now + TimeLimit.patience(.seconds(seconds))
    while !holds(self) {
      guard ContinuousClock.now < end else { return false }
      try? await Task.sleep(for: .milliseconds(2))
    }
    return true
  }

  /// Ends all connections and threads.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      // Under the lock: whoever closes one takes it out first, and its number may belong to somebody else's socket at once.
      for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  // MARK: Threads

  private func admit(_ connection: Int32) -> Bool {
    var yes: Int32 = 1
    setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
    return state.withLock { state in
      guard !state.isStopped else { return false }
      state.accepted += 1
      state.connections.insert(connection)
      return true
    }
  }

  private func serve(_ connection: Int32) {
    var reader = RequestReader(connection: connection)
    while let request = reader.next() {
      state.withLock { $0.requests.append(request) }
      guard perform(script(request), connection) else { break }
    }
    state.withLock { state in
      state.connections.remove(connection)
      if reader.sawEnd { state.closedByPeer += 1 }
    }
    Glibc.close(connection)
  }

  /// Whether the connection lives on.
  private func perform(_ actions: [Action], _ connection: Int32) -> Bool {
    for action in actions {
      switch action {
      case .write(let bytes): guard write(bytes, connection) else { return false }
      case .wait(let milliseconds): usleep(UInt32(milliseconds) * 1000)
      case .waitFor(let gate): gate.wait()
      case .stall: return stall(connection)
      case .close: return false
      case .reset:
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        return false
      }
    }
    return true
  }

  private func write(_ bytes: [UInt8], _ connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.prefix(65_536).withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        state.withLock { $0.closedByPeer += 1 }
        return false
      }
      rest = rest.dropFirst(count)
      state.withLock { $0.bytesWritten += count }
    }
    return true
  }

  private func stall(_ connection: Int32) -> Bool {
    var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
    var byte: UInt8 = 0
    if poll(&entry, 1, 20_000) > 0, recv(connection, &byte, 1, 0) <= 0 {
      state.withLock { $0.closedByPeer += 1 }
    }
    return false
  }

  private static func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
      let run: @Sendable () -> Void
      init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Body(body)).toOpaque()
    pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, argument)
    pthread_detach(thread)
  }
}

/// A server could not be set up.
package struct UpstreamError: Error {
  package let errno: Int32
}

/// A door that the test opens, for threads that wait before it.
package final class Gate: Sendable {
  private let isOpen = Atomic(false)

  package init() {}

  package func open() { isOpen.store(true, ordering: .releasing) }

  /// Whether it was opened.
  package var isOpened: Bool { isOpen.load(ordering: .acquiring) }

  /// Waits until it is open, 20 s at most.
  package func wait() {
    for _ in 0..<20_000 where !isOpen.load(ordering: .acquiring) { usleep(1000) }
  }
}

/// Reads requests with a length from a blocking socket.
private struct RequestReader {
  let connection: Int32
  private var buffer: [UInt8] = []
  /// The client closed while no request was under way.
  private(set) var sawEnd = false

  init(connection: Int32) { self.connection = connection }

  mutating func next() -> ScriptedUpstream.Request? {
    guard let head = take(through: Array("\r\n\r\n".utf8)) else { return nil }
    var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")[...]
    let start = lines.popFirst()?.split(separator: " ") ?? []
    guard start.count == 3 else { return nil }
    var request = ScriptedUpstream.Request()
    request.method = String(start[0])
    request.path = String(start[1])
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      request.fields.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
    }
    let length = request["content-length"].flatMap { Int($0) } ?? 0
    while buffer.count < length { guard fill() else { return nil } }
    request.body = Array(buffer.prefix(length))
    buffer.removeFirst(length)
    return request
  }

  private mutating func take(through end: [UInt8]) -> [UInt8]? {
    var searched = 0
    while true {
      if buffer.count >= end.count {
        for index in searched...(buffer.count - end.count)
        where buffer[index..<(index + end.count)].elementsEqual(end) {
          let head = Array(buffer.prefix(index))
          buffer.removeFirst(index + end.count)
          return head
        }
        searched = buffer.count - end.count + 1
      }
      guard fill() else { return nil }
    }
  }

  private mutating func fill() -> Bool {
    var piece = [UInt8](repeating: 0, count: 16_384)
    let count = recv(connection, &piece, piece.count, 0)
    guard count > 0 else {
      sawEnd = true
      return false
    }
    buffer += piece.prefix(count)
    return true
  }
}
