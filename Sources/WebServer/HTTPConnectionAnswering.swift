import EventEngine
import Wire

// How an answer leaves.
extension HTTPConnectionDriver {
  /// Bodies up to this size are copied behind their head, which saves a system call.
  private static let copyLimit = 65536

  /// Begins an answer, and ends it unless it is a stream. The caller pumps.
  func respond(_ response: Response, to request: Request?) {
    var response = response
    face.hooks.finish?(request, &response)
    switch response.body {
    case .none: answer(response, [], request)
    case .bytes(let bytes): answer(response, bytes, request)
    case .stream(let begin): stream(response, request, begin)
    case .upgrade(let subprotocol, let begin):
      guard let request else { return answer(response, [], nil) }
      upgrade(response, request, subprotocol, begin)
    }
  }

  private func answer(_ response: Response, _ body: [UInt8], _ request: Request?) {
    let encoder = machine.responseStarted(
      HTTPResponseHead(status: response.status, fields: response.fields), length: .known(body.count))
    appendHead(encoder, request)
    if body.count <= Self.copyLimit {
      encoder.appendBody(body, to: &output)
    } else if encoder.sendsBody {
      flush()
      connection.send(body)
    }
    machine.responseEnded(now: now)
  }

  private func appendHead(_ encoder: HTTPResponseEncoder, _ request: Request?) {
    encoder.appendHead(date: shared.date(connection.home.wallTime), to: &output)
    guard let request else { return }
    // Before the empty line that ends the head. Through the response's fields it cost six times as much.
    output.removeLast(2)
    output.append(contentsOf: "X-Request-Id: ".utf8)
    output.append(contentsOf: request.id.utf8)
    output.append(contentsOf: "\r\n\r\n".utf8)
  }

  private func stream(
    _ response: Response, _ request: Request?, _ begin: @Sendable (Loop, ResponseStream) -> Void
  ) {
    let encoder = machine.responseStarted(
      HTTPResponseHead(status: response.status, fields: response.fields), length: .unknown)
    appendHead(encoder, request)
    guard encoder.sendsBody else { return machine.responseEnded(now: now) }
    flush()
    let stream = ResponseStream(self, encoder)
    self.stream = stream
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
        accepting: request.head, subprotocols: subprotocol.map { [$0] } ?? [],
        deflates: server.configuration.compresses)
    } catch {
      var refusal = face.hooks.errorResponse(
        error.status, error.code, error.message, error.hint, request.path)
      for (name, value) in error.fields.all { refusal.fields.set(name, value) }
      return respond(refusal, to: request)
    }
    var head = handshake.response
    for (name, value) in response.fields.all { head.fields.append(name, value) }
    let encoder = machine.responseStarted(head, length: .known(0))
    appendHead(encoder, request)
    handOver(WebSocketConnection(connection, server, shared, handshake), begin)
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

  /// The stream's user has ended it.
  func streamFinished(_ encoder: HTTPResponseEncoder) {
    guard !isOver else { return }
    borrowOutput()
    encoder.appendEnd(to: &output)
    stream = nil
    machine.responseEnded(now: now)
    pump()
  }
}
