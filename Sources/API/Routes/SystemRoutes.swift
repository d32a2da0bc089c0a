import Basics
import Pipelines
import Storage
import WebServer
import Wire

/// What operators, load balancers and browsers ask first, beside what differs by listener: readiness and the sockets.
enum SystemRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.get, "/ws", "the WebSocket", .openSocket, direct: socket),
    RouteEntry(.get, "/ready", "tells whether the hub takes work", .getReadiness, ready),
    echo,
  ]

  private static func socket(_ context: APIContext) -> @Sendable (Request) -> Response {
    return { request in
      // The server itself refuses what is no handshake, with 426 and what to send.
      guard WebSocketHandshake.isAsked(by: request.head) else { return .upgrade { _, _ in } }
      return SocketEndpoint.upgrade(request, context)
    }
  }

  private static func ready(_ request: Request, _ context: APIContext) async throws -> Response {
    guard !context.readiness.isDraining else {
      return notReady("draining", "The hub is shutting down.")
    }
    guard context.runs.waitingForStore == 0 else {
      return notReady("store_unwritable", "The ends of runs cannot be stored.")
    }
    do {
      let offset = try await context.store.read { try $0.events.head() }
      return .json(["status": "ready", "offset": .integer(offset)])
    } catch {
      return notReady("store_unreadable", "The store cannot be read.")
    }
  }

  private static func notReady(_ code: String, _ text: String) -> Response {
    ErrorAnswer(503, code: code, error: text, hint: "Send new clients elsewhere for now.").response
  }

  private static let echo: RouteEntry = {
    var entry = RouteEntry(
      .get, "/echo", "a WebSocket that sends back what comes; only with AGENTHUB_ECHO", .openEcho,
      direct: { _ in
        { _ in
          .upgrade { _, socket in
            socket.accept(EchoSocket.limits)
            socket.acceptAnyRate()
            socket.delegate = EchoSocket()
          }
        }
      })
    entry.isServed = { $0.echoes }
    return entry
  }()
}
