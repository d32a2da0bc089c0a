import Basics
import EventEngine
import Pipelines
import Realtime
import WebServer
import Wire

/// The WebSocket of `/` and `/ws`: what a client offers as subprotocol decides what it speaks.
enum SocketEndpoint {
  static let subprotocol = "agenthub.v1"

  /// Answers a request that asks for a WebSocket. One that offers no subprotocol is an Agent Nexus page.
  static func upgrade(_ request: Request, _ context: APIContext) -> Response {
    guard !context.readiness.isDraining else { return ErrorAnswer(RunError.draining).response }
    let log = context.log
    let offered = request.fields.list("Sec-WebSocket-Protocol")
    if offered.contains(subprotocol) {
      return .upgrade(subprotocol: subprotocol) { loop, socket in
        guard let shard = loop[HubShard.key] else { return socket.close(.serverError) }
        socket.delegate = SessionSocket(socket, on: shard)
      }
    }
    guard offered.isEmpty else { return unsupported(offered) }
    return .upgrade { loop, socket in
      guard let shard = loop[HubShard.key] else { return socket.close(.serverError) }
      socket.delegate = NexusSocket(socket, on: shard, log: log)
    }
  }

  private static func unsupported(_ offered: [String]) -> Response {
    ErrorAnswer(
      400, code: "subprotocol_not_supported",
      error: "None of the subprotocols is supported: \(offered.joined(separator: ", ")).",
      hint: "Supported: \(subprotocol). Without a subprotocol the socket speaks as Agent Nexus does."
    ).response
  }
}

/// A client of `agenthub.v1`.
final class SessionSocket: WebSocketDelegate {
  private let session: Session

  init(_ socket: WebSocketConnection, on shard: HubShard) {
    session = Session(WebSocketTransport(socket), on: shard)
  }

  func receivedText(_ bytes: [UInt8], from socket: WebSocketConnection) { session.received(text: bytes) }
  func receivedBinary(_ bytes: [UInt8], from socket: WebSocketConnection) { session.receivedBinary() }
  func refused(_ bytes: [UInt8], retryAfterNanoseconds wait: UInt64, from socket: WebSocketConnection) {
    session.refused(bytes, retryAfterNanoseconds: wait)
  }
  func flooded(_ socket: WebSocketConnection) { session.flooded() }
  func becameWritable(_ socket: WebSocketConnection) { session.becameWritable() }
  func closed(_ socket: WebSocketConnection, code: WebSocketCloseCode, reason: String) { session.closed() }
}

/// An Agent Nexus page: it gets every answer, and nothing it sends means anything.
final class NexusSocket: WebSocketDelegate {
  /// The place of the dialect in the hub's list.
  static let feed = Feed.dialect(0)

  private let subscriber: Subscriber
  private let log: Log

  init(_ socket: WebSocketConnection, on shard: HubShard, log: Log) {
    self.log = log
    socket.send(text: NexusDialect.connected(at: shard.wallTime))
    subscriber = shard.subscribe(WebSocketTransport(socket), to: Self.feed)
  }

  func receivedText(_ bytes: [UInt8], from socket: WebSocketConnection) {
    log.write(
      .debug, "An Agent Nexus client sent a message, which is ignored.",
      ["connection": "\(socket.id)", "bytes": "\(bytes.count)", "json": "\((try? JSON.parse(bytes)) != nil)"])
  }

  func receivedBinary(_ bytes: [UInt8], from socket: WebSocketConnection) {}
  func becameWritable(_ socket: WebSocketConnection) { subscriber.becameWritable() }
  func closed(_ socket: WebSocketConnection, code: WebSocketCloseCode, reason: String) { subscriber.closed() }
}
