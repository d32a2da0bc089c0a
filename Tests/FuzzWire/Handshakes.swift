import Wire

/// Takes an input for a client's opening handshake and for a server's answer to one.
func checkHandshakes(_ input: [UInt8]) {
  var parser = HTTPRequestParser()
  parser.receive(input.span)
  while let part = try? parser.next() { if case .head(let head) = part { checkAcceptance(of: head) } }
  checkAnswer(input)
}

private func checkAcceptance(of head: HTTPRequestHead) {
  let supported = ["agenthub.v1", "chat"]
  guard let handshake = try? WebSocketHandshake(accepting: head, subprotocols: supported) else { return }
  let key = head.fields["Sec-WebSocket-Key"] ?? ""
  let accept = handshake.response.fields["Sec-WebSocket-Accept"]
  precondition(handshake.response.status == 101 && accept == WebSocketHandshake.acceptKey(for: key))
  precondition(WebSocketHandshake.isAsked(by: head) && head.method == .get && head.framing == .none)
  precondition(handshake.subprotocol.map(supported.contains) ?? true, "a subprotocol that nobody supports")
  for (_, value) in handshake.response.fields.all {
    precondition(!value.utf8.contains { $0 < 0x20 }, "an answer that smuggles lines")
  }
}

/// More bytes behind an answer must not change what it said.
private func checkAnswer(_ input: [UInt8]) {
  let client = WebSocketClientHandshake(host: "a", nonce: Array("the sample nonce".utf8))
  guard let acceptance = try? client.check(input) else { return }
  precondition(acceptance.count <= input.count)
  precondition((try? client.check(Array(input[..<acceptance.count]))) == acceptance)
}
