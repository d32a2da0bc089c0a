import Basics
import Wire

// The entry point of libFuzzer: AGENTHUB_FUZZ=1 swift build -c release --sanitize=fuzzer --product FuzzWire
//
// The first byte picks the parser, the second one the place of the cut; the rest is what a peer sends. Apart from
// crashes it looks for input that reads differently when it comes in two pieces.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 2 else { return 0 }
  let input = Array(UnsafeBufferPointer(start: start + 2, count: count - 2))
  let cut = Int(start[1]) * input.count / 256
  let pieces = [Array(input[..<cut]), Array(input[cut...])]
  switch start[0] % 4 {
  case 0: precondition(readRequests([input]) == readRequests(pieces), "the cut changed a request")
  case 1: precondition(readMessages([input]) == readMessages(pieces), "the cut changed a message")
  case 2: precondition(readEvents([input]) == readEvents(pieces), "the cut changed an event")
  default: driveConnection(pieces)
  }
  return 0
}

private func readRequests(_ pieces: [[UInt8]]) -> [String] {
  var parser = HTTPRequestParser()
  var found: [String] = []
  var body: [UInt8] = []
  do throws(HTTPParseError) {
    for piece in pieces {
      parser.receive(piece.span)
      while let part = try parser.next() {
        switch part {
        case .head(let head):
          found.append("\(head.method) \(head.target) \(head.fields.all) \(head.target.segments)")
        case .body(let bytes): body += bytes
        case .end:
          found.append("\(body)")
          body = []
        }
      }
    }
  } catch {
    found.append("\(body) \(error.code)")
  }
  return found
}

private func readMessages(_ pieces: [[UInt8]]) -> [String] {
  var machine = WebSocketConnectionMachine(limits: WebSocketLimits(message: 4096, fragments: 8))
  var found: [String] = []
  for piece in pieces {
    var position = 0
    while let action = machine.received(piece.span, from: &position) { found.append("\(action)") }
  }
  return found
}

private func readEvents(_ pieces: [[UInt8]]) -> [ServerSentEventParser.Part] {
  var parser = ServerSentEventParser(tolerance: .modelServers, lineLimit: 1 << 20)
  var found: [ServerSentEventParser.Part] = []
  do throws(StreamFormatError) {
    for piece in pieces { found += try parser.receive(piece) }
    found += try parser.end()
  } catch {
    found = []
  }
  return found
}

/// Serves whatever comes, as a driver would; the machine must come to an end.
private func driveConnection(_ pieces: [[UInt8]]) {
  var machine = HTTPConnectionMachine(now: .zero)
  var (isServing, steps, end) = (false, 0, 0)
  for (index, piece) in (pieces + [[]]).enumerated() {
    let now = Duration.seconds(index)
    if piece.isEmpty { machine.peerFinished() } else { machine.received(piece.span, now: now) }
    acting: while true {
      steps += 1
      precondition(steps < 1_000_000, "the machine never waits")
      switch machine.next() {
      case .request:
        precondition(!isServing && end == 0, "a request came out of turn")
        isServing = true
      case .requestEnded, .refuse:
        _ = machine.responseStarted(HTTPResponseHead(status: 200), length: .unknown)
        machine.responseEnded(now: now)
        isServing = false
      case .close, .abandon: end += 1
      case .body, .send: break
      case .wait: break acting
      }
    }
  }
  precondition(end == 1, "a finished peer must end the connection once")
}
