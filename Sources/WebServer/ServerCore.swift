import Basics
import EventEngine
import Synchronization
import Wire

/// What the connections of a server need of it; the same on all loops.
final class ServerCore: Sendable {
  let configuration: ServerConfiguration
  private let key = LoopLocal<ServerLoop>()
  private let counters = Mutex<[LoopCounters]>([])
  private let seed = UInt64.random(in: .min ... .max)
  /// Loops that still have connections while the server stops, and whom to tell when none has.
  private let stopping = Mutex<(loops: Int, then: (@Sendable () -> Void)?)>((0, nil))

  init(_ configuration: ServerConfiguration) { self.configuration = configuration }

  /// A connection begins on its loop.
  func begin(_ connection: Connection, showing face: ServerFace, on loop: Loop) {
    let shared = shared(on: loop)
    shared.openCount += 1
    LoopCounters.add(1, to: shared.counters.connections)
    connection.delegate = HTTPConnectionDriver(connection, self, face, shared)
    if shared.isStopping { (connection.delegate as? HTTPConnectionDriver)?.quiesce() }
  }

  /// What the connections of a loop share.
  func shared(on loop: Loop) -> ServerLoop {
    if let known = loop[key] { return known }
    let counters = LoopCounters()
    self.counters.withLock { $0.append(counters) }
    let made = ServerLoop(
      counters: counters, identifiers: RequestIdentifiers(seed: seed &+ UInt64(loop.outside.index) << 48))
    loop[key] = made
    return made
  }

  /// Sums over the loops; each loop's numbers are read while it goes on.
  var counts: ServerCounts {
    counters.withLock { all in
      var sum = ServerCounts()
      for counters in all {
        sum.requests += counters.requests.load(ordering: .relaxed)
        sum.connections += counters.connections.load(ordering: .relaxed)
        sum.webSockets += counters.webSockets.load(ordering: .relaxed)
        sum.streams += counters.streams.load(ordering: .relaxed)
      }
      return sum
    }
  }

  // MARK: - Stopping

  /// Tells the connections of all loops; `then` is called when the last has ended or was aborted at the deadline.
  func stop(_ loops: [EventLoop], within deadline: Duration, then: @escaping @Sendable () -> Void) {
    stopping.withLock { $0 = (loops.count, then) }
    for outside in loops {
      outside.submit { [self] loop in
        let shared = shared(on: loop)
        shared.isStopping = true
        forEach(on: loop) {
          $0.quiesce()
        } webSocket: {
          $0.serverStops()
        }
        guard shared.openCount > 0 else { return loopEmptied() }
        loop.schedule(after: deadline) { [self] loop in
          forEach(on: loop) {
            $0.connection.abort()
          } webSocket: {
            $0.abort()
          }
        }
      }
    }
  }

  private func forEach(
    on loop: Loop, http: (HTTPConnectionDriver) -> Void, webSocket: (WebSocketConnection) -> Void
  ) {
    for connection in loop.connections {
      if let driver = connection.delegate as? HTTPConnectionDriver, driver.server === self {
        http(driver)
      } else if let socket = connection.delegate as? WebSocketConnection, socket.server === self {
        webSocket(socket)
      }
    }
  }

  /// A connection of any kind is over.
  func connectionEnded(_ shared: ServerLoop) {
    shared.openCount -= 1
    if shared.isStopping, shared.openCount == 0 { loopEmptied() }
  }

  private func loopEmptied() {
    let then = stopping.withLock { stopping in
      stopping.loops -= 1
      defer { if stopping.loops == 0 { stopping.then = nil } }
      return stopping.loops == 0 ? stopping.then : nil
    }
    then?()
  }
}
