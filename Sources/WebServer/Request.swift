package import EventEngine
package import Wire

/// One request with its whole body, as a route sees it.
package struct Request: Sendable {
  /// Where it came from: a connection, and which of its requests it is.
  struct Exchange: Sendable {
    let connection: ConnectionID
    let number: UInt64
  }

  /// What never changes, in one object: a request is copied several times on its way.
  private final class Origin: Sendable {
    let id: String
    let head: HTTPRequestHead
    let remoteAddress: String
    let network: PeerNetwork
    let moment: UInt64
    let isSecure: Bool
    let loop: EventLoop
    let exchange: Exchange?

    init(
      _ id: String, _ head: HTTPRequestHead, _ remoteAddress: String, _ network: PeerNetwork,
      _ moment: UInt64, _ isSecure: Bool, _ loop: EventLoop, _ exchange: Exchange?
    ) {
      self.exchange = exchange
      self.moment = moment
      self.network = network
      self.id = id
      self.head = head
      self.remoteAddress = remoteAddress
      self.isSecure = isSecure
      self.loop = loop
    }
  }

  private let origin: Origin
  /// The decoded body; empty when there is none.
  package internal(set) var body: [UInt8] = []
  /// What stands for the pattern's `{names}`, decoded.
  package internal(set) var parameters: [String: String] = [:]

  init(
    id: String, head: HTTPRequestHead, remoteAddress: String, network: PeerNetwork, moment: UInt64,
    isSecure: Bool, loop: EventLoop, exchange: Exchange? = nil
  ) {
    origin = Origin(id, head, remoteAddress, network, moment, isSecure, loop, exchange)
  }

  /// Has something done if the peer leaves before it has its answer: at once when it has left already, never once the answer has begun.
  ///
  /// A peer that only says that it will send no more counts as one that has left: from here both look the same.
  ///
  /// - Parameter leave: called on the connection's loop; must be quick.
  package func whenPeerLeaves(_ leave: @escaping @Sendable () -> Void) {
    guard let exchange = origin.exchange else { return }
    loop.submit { loop in
      guard let driver = loop.connection(exchange.connection)?.delegate as? HTTPConnectionDriver else {
        return leave()
      }
      driver.tell(leave, ifPeerLeavesRequest: exchange.number)
    }
  }

  /// Names the request in logs and answers (`x-request-id`): the caller's own id when it sent one that will do.
  package var id: String { origin.id }
  /// Method, target and fields as they came; what a WebSocket handshake is checked against.
  package var head: HTTPRequestHead { origin.head }
  /// The peer's address without the port.
  package var remoteAddress: String { origin.remoteAddress }
  /// Whom the peer's address belongs to.
  package var network: PeerNetwork { origin.network }
  /// When its head was whole, on the clock of `Loop.now`.
  package var moment: UInt64 { origin.moment }
  /// Whether it came over TLS.
  package var isSecure: Bool { origin.isSecure }
  /// The loop that the connection lives on; tasks of the request prefer it.
  package var loop: EventLoop { origin.loop }

  /// The method, as it came.
  package var method: HTTPMethod { origin.head.method }
  /// The path, still escaped, without the query.
  package var path: String { origin.head.target.path }
  /// The path's segments, decoded.
  package var segments: [String] { origin.head.target.segments }
  /// The query's pairs in order, decoded.
  package var query: [RequestTarget.QueryItem] { origin.head.target.query }
  /// The header fields, as they came.
  package var fields: HTTPFields { origin.head.fields }

  /// The first value of a name in the query, or nil.
  package func queryValue(_ name: String) -> String? { origin.head.target.queryValue(name) }
}
