import Basics
import Wire

// What each parser makes of an input that comes in pieces, as values that can be compared.

func readRequests(_ pieces: [[UInt8]]) -> [String] {
  var parser = HTTPRequestParser()
  var found: [String] = []
  var body: [UInt8] = []
  do throws(HTTPParseError) {
    for piece in pieces {
      parser.receive(piece.span)
      while let part = try parser.next() {
        switch part {
        case .head(let head):
          let target = "\(head.method) \(head.target) \(head.target.segments)"
          found.append("\(target) \(head.host) \(head.fields.all)")
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

/// Frames as a server and as a client reads them, with and without the bit of an extension.
func readFrames(_ pieces: [[UInt8]]) -> [String] {
  let roles: [WebSocketRole] = [.server, .client(mask: 0x5A17_C3E9)]
  return roles.flatMap { role in
    [false, true].flatMap { readFrames(pieces, WebSocketFrameParser(role: role, allowsRSV1: $0)) }
  }
}

private func readFrames(_ pieces: [[UInt8]], _ parser: WebSocketFrameParser) -> [String] {
  var parser = parser
  var found: [String] = []
  var payload: [UInt8] = []
  do throws(WebSocketFault) {
    for piece in pieces {
      var position = 0
      while let event = try parser.next(piece.span, from: &position, into: &payload) {
        switch event {
        case .header(let header): found.append("\(header)")
        case .payload(isLast: false): break
        case .payload(isLast: true):
          found.append("\(payload)")
          payload = []
        }
      }
      precondition(position == piece.count, "bytes were left over")
    }
  } catch {
    found.append("\(error)")
  }
  return found
}

func readMessages(_ pieces: [[UInt8]]) -> [String] {
  var machine = WebSocketConnectionMachine(limits: WebSocketLimits(message: 4096, fragments: 8))
  var found: [String] = []
  for piece in pieces {
    var position = 0
    while let action = machine.received(piece.span, from: &position) { found.append("\(action)") }
    precondition(position == piece.count, "bytes were left over")
  }
  return found
}

func readEvents(_ pieces: [[UInt8]]) -> [ServerSentEventParser.Part] {
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

/// Damaged checksums end most inputs at once, so what the parser reads is also put into a message with right ones.
func readAmazonEvents(_ pieces: [[UInt8]]) -> [String] {
  readAmazonMessages(pieces)
    + readAmazonMessages([AmazonEventMessageBytes.message(headers: pieces.flatMap(\.self))])
}

private func readAmazonMessages(_ pieces: [[UInt8]]) -> [String] {
  var parser = AmazonEventStreamParser(payloadLimit: 4096)
  var messages: [AmazonEventMessage] = []
  do throws(StreamFormatError) {
    for piece in pieces { try parser.receive(piece, into: &messages) }
  } catch {
    return messages.map { "\($0)" } + ["\(error)"]
  }
  return messages.map { "\($0)" }
}

/// A message around any bytes as headers, with a payload of one byte.
private enum AmazonEventMessageBytes {
  static func message(headers: [UInt8]) -> [UInt8] {
    var message: [UInt8] = []
    append(UInt32(headers.count + 17), to: &message)
    append(UInt32(headers.count), to: &message)
    append(CRC32.checksum(message.span), to: &message)
    message += headers + [1]
    append(CRC32.checksum(message.span), to: &message)
    return message
  }

  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }
}
