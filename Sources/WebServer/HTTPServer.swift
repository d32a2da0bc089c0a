package import EventEngine
import Synchronization

/// Serves routes on listeners, over any number of loops.
package final class HTTPServer: Sendable {
  package let loops: [EventLoop]
  private let core: ServerCore
  private let face: ServerFace
  /// One for all listeners: they share what the system allows.
  private let admission: Admission
  /// Those who accept; nil once nobody shall any more.
  private let acceptors = Mutex<[Acceptor]?>([])

  /// - Parameter loops: at least one; the first accepts connections.
  package init(
    loops: [EventLoop], router: Router, configuration: ServerConfiguration = ServerConfiguration(),
    hooks: ServerHooks = ServerHooks()
  ) {
    precondition(!loops.isEmpty, "a server needs a loop")
    self.loops = loops
    let (core, face) = (ServerCore(configuration), ServerFace(router, hooks: hooks))
    self.core = core
    self.face = face
    admission = Admission(configuration.admission) { loop, reason in
      face.refusal(reason, date: core.shared(on: loop).date(loop.wallTime))
    }
  }

  /// Serves what a listener accepts, with TLS if there is a context for it. Does nothing once the server has stopped accepting.
  ///
  /// - Parameter face: what it shows; nil for the server's own.
  package func serve(_ listener: Listener, tls: TLSContext? = nil, showing face: ServerFace? = nil) {
    let face = face ?? self.face
    acceptors.withLock { acceptors in
      guard acceptors != nil else { return }
      let acceptor = Acceptor(
        listener, loops: loops, tls: tls, admission: admission,
        begin: { [core] loop, connection in core.begin(connection, showing: face, on: loop) })
      if let acceptor { acceptors?.append(acceptor) }
    }
  }

  /// What peers that do not answer a goodbye may cost a stop. The goodbye itself arrives all the same: the kernel sends it.
  private static let lastPatience = Duration.milliseconds(500)

  /// Gives the ports back for good; who is connected is served on.
  package func stopAccepting() {
    let open = acceptors.withLock { acceptors in
      defer { acceptors = nil }
      return acceptors ?? []
    }
    for acceptor in open { acceptor.close() }
    for loop in loops { loop.submit { $0.goodbyePatience = Self.lastPatience } }
  }

  /// Numbers over all loops.
  package var counts: ServerCounts { core.counts }

  /// Stops in order: accepts no more, closes idle connections, lets the others answer what they serve, ends streams
  /// and tells the delegates of WebSockets.
  ///
  /// - Parameters:
  ///   - deadline: what is still open then is aborted.
  ///   - then: called on one of the loops when nothing is open any more.
  package func stop(within deadline: Duration, then: @escaping @Sendable () -> Void) {
    stopAccepting()
    // Behind the acceptors' end, so that connections that were on their way to a loop arrive there first.
    loops[0].submit { [core, loops] _ in core.stop(loops, within: deadline, then: then) }
  }
}
