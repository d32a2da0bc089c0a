import EventEngine
import Wire

// How an answer leaves.
extension HTTPConnectionDriver {
  /// Bodies up to this size are copied behind their head, which saves a system call.
  private static let copyLimit = 16384

  /// Begins an answer, and ends it unless it is a stream. The caller pumps.
  func respond(_ response: Response, to request: Request?) {
    var response = response
    server.hooks.finish?(request, &response)
    if let request { response.fields.set("X-Request-Id", request.id) }
    switch response.body {
    case .none: answer(response, [])
    case .bytes(let bytes): answer(response, bytes)
    case .stream(let begin): stream(response, begin)
    case .upgrade(let subprotocol, let begin):
      guard let request else { return answer(response, []) }
      upgrade(response, request, subprotocol, begin)
    }
  }

  private func answer(_ response: Response, _ body: [UInt8]) {
    let encoder = machine.responseStarted(
      HTTPResponseHead(status: response.status, fields: response.fields), length: .known(body.count))
    encoder.appendHead(date: shared.date(connection.home.wallTime), to: &shared.output)
    if body.count <= Self.copyLimit {
      encoder.appendBody(body, to: &shared.output)
    } else if encoder.sendsBody {
      flush()
      connection.send(body)
    }
    service = nil
    machine.responseEnded(now: now)
  }

  private func stream(_ response: Response, _ begin: @Sendable (Loop, ResponseStream) -> Void) {
    let encoder = machine.responseStarted(
      HTTPResponseHead(status: response.status, fields: response.fields), length: .unknown)
    encoder.appendHead(date: shared.date(connection.home.wallTime), to: &shared.output)
    guard encoder.sendsBody, let service else {
      self.service = nil
      return machine.responseEnded(now: now)
    }
    flush()
    let stream = ResponseStream(self, encoder)
    service.stream = stream
    LoopCounters.add(1, to: shared.counters.streams)
    begin(connection.home, stream)
  }

  /// Makes the connection a WebSocket, if the request really asks for one.
  private func upgrade(
    _ response: Response, _ request: Request, _ subprotocol: String?,
    _ begin: @Sendable (Loop, WebSocketConnection) -> Void
  ) {
    let handshake: WebSocketHandshake
    do throws(WebSocketHandshakeError) {
      handshake = try WebSocketHandshake(
        accepting: request.head, subprotocols: subprotocol.map { [$0] } ?? [])
    } catch {
      var refusal = server.hooks.errorResponse(error.status, error.code, error.message, error.hint, request)
      for (name, value) in error.fields.all { refusal.fields.set(name, value) }
      return respond(refusal, to: request)
    }
    var head = handshake.response
    for (name, value) in response.fields.all { head.fields.append(name, value) }
    let encoder = machine.responseStarted(head, length: .known(0))
    encoder.appendHead(date: shared.date(connection.home.wallTime), to: &shared.output)
    handOver(WebSocketConnection(connection, server, shared, subprotocol: handshake.subprotocol), begin)
  }

  /// From here on the socket is the connection's delegate, and nobody holds the driver.
  private func handOver(_ socket: WebSocketConnection, _ begin: @Sendable (Loop, WebSocketConnection) -> Void)
  {
    let early = machine.upgraded()
    flush()
    retire()
    connection.delegate = socket
    begin(connection.home, socket)
    connection.resumeReading()
    if !early.isEmpty { early.withUnsafeBytes { socket.received($0, from: connection) } }
    if connection.isPeerFinished { socket.peerFinished(connection) }
  }

  /// A piece of the stream is in the output.
  func pieceWritten() {
    flush()
    armTimer()
  }

  /// The stream's user has ended it.
  func streamFinished(_ encoder: HTTPResponseEncoder) {
    guard !isOver else { return }
    encoder.appendEnd(to: &shared.output)
    service = nil
    machine.responseEnded(now: now)
    pump()
  }
}
