import Basics

/// What a response must know of its request.
struct HTTPRequestTraits: Sendable {
  var isHead = false
  var minorVersion = 1

  /// Stands for a request that could not be parsed.
  init() {}

  init(_ head: HTTPRequestHead) {
    self.isHead = head.method == .head
    self.minorVersion = head.minorVersion
  }
}

/// Writes one response to one request: head, body pieces, end. All bytes are appended to the caller's buffer.
///
///     let encoder = machine.responseStarted(head, length: .known(body.count))
///     encoder.appendHead(date: date, to: &output)
///     encoder.appendBody(body, to: &output)
///     encoder.appendEnd(to: &output)
package struct HTTPResponseEncoder: Sendable {
  private enum Framing {
    /// No body bytes may be sent: HEAD, 1xx, 204, 304.
    case none
    case length
    case chunked
    /// HTTP/1.0 knows no chunks: the body ends with the connection.
    case untilClose
  }

  private let head: HTTPResponseHead
  private let length: HTTPBodyLength
  private let framing: Framing
  private let minorVersion: Int
  /// Whether the connection serves another request after this response.
  package let keepsAlive: Bool

  /// Decides how the response is framed.
  ///
  /// - Parameters:
  ///   - request: what is answered; nil when it could not be parsed.
  ///   - keepsAlive: whether the connection would go on after the response.
  package init(
    _ head: HTTPResponseHead, length: HTTPBodyLength, to request: HTTPRequestHead?, keepsAlive: Bool
  ) {
    let traits = request.map { HTTPRequestTraits($0) } ?? HTTPRequestTraits()
    self.init(head, length: length, to: traits, keepsAlive: keepsAlive)
  }

  init(_ head: HTTPResponseHead, length: HTTPBodyLength, to request: HTTPRequestTraits, keepsAlive: Bool) {
    self.head = head
    self.length = length
    self.minorVersion = request.minorVersion
    let isBodyless = request.isHead || head.status.forbidsBody
    self.framing =
      switch length {
      case _ where isBodyless: .none
      case .known: .length
      case .unknown: request.minorVersion == 1 ? .chunked : .untilClose
      }
    self.keepsAlive = keepsAlive && framing != .untilClose
  }

  /// Whether body bytes reach the client at all; if not, a handler may spare the work of making them.
  package var sendsBody: Bool { framing != .none }

  /// Appends the status line and the fields.
  ///
  /// - Parameter date: `Timestamp.httpDate`, which a loop makes once a second.
  package func appendHead(date: String, to output: inout [UInt8]) {
    output.append(contentsOf: "HTTP/1.1 ".utf8)
    output.appendDecimal(head.status.code)
    output.append(UInt8(ascii: " "))
    output.append(contentsOf: head.status.reason.utf8)
    output.append(contentsOf: "\r\n".utf8)
    // RFC 9110 §6.6.1: no Date is needed in 1xx.
    if head.status.code >= 200 { Self.append("Date: ", date, to: &output) }
    head.fields.appendLines(to: &output, except: Self.ownFields)
    appendLength(to: &output)
    appendConnection(to: &output)
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Appends a piece of the body; nothing if the response has none, or if the piece is empty.
  package func appendBody(_ bytes: [UInt8], to output: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    switch framing {
    case .none: break
    case .length, .untilClose: output.append(contentsOf: bytes)
    case .chunked:
      output.appendHexadecimal(bytes.count)
      output.append(contentsOf: "\r\n".utf8)
      output.append(contentsOf: bytes)
      output.append(contentsOf: "\r\n".utf8)
    }
  }

  /// Appends what ends the body.
  package func appendEnd(to output: inout [UInt8]) {
    if framing == .chunked { output.append(contentsOf: "0\r\n\r\n".utf8) }
  }

  private static let ownFields = ["Date", "Connection", "Content-Length", "Transfer-Encoding"]

  // RFC 9110 §8.6: no Content-Length in 1xx and 204; in an answer to HEAD it is what GET would have had.
  private func appendLength(to output: inout [UInt8]) {
    if framing == .chunked { return output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8) }
    guard case .known(let count) = length, framing == .length || !head.status.forbidsBody else { return }
    output.append(contentsOf: "Content-Length: ".utf8)
    output.appendDecimal(count)
    output.append(contentsOf: "\r\n".utf8)
  }

  // RFC 9110 §7.8: who sends Upgrade must name it in Connection. RFC 9112 §9.3: 1.0 clients must be told of keep-alive; others are told where the
  // head of a stream says so.
  private func appendConnection(to output: inout [UInt8]) {
    let upgrades = head.fields.contains("Upgrade")
    if head.status == 101 {
      Self.append("Connection: ", "Upgrade", to: &output)
    } else if !keepsAlive {
      Self.append("Connection: ", upgrades ? "Upgrade, close" : "close", to: &output)
    } else if upgrades {
      Self.append("Connection: ", "Upgrade", to: &output)
    } else if minorVersion == 0 || framing == .chunked && head.fields["Connection"] == "keep-alive" {
      Self.append("Connection: ", "keep-alive", to: &output)
    }
  }

  private static func append(_ name: String, _ value: String, to output: inout [UInt8]) {
    output.append(contentsOf: name.utf8)
    output.append(contentsOf: value.utf8)
    output.append(contentsOf: "\r\n".utf8)
  }
}

extension [UInt8] {
  /// Appends a number that is not negative.
  fileprivate mutating func appendDecimal(_ number: Int) {
    if number >= 10 { appendDecimal(number / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  fileprivate mutating func appendHexadecimal(_ number: Int) {
    if number >= 16 { appendHexadecimal(number / 16) }
    append(Hexadecimal.digit(UInt8(truncatingIfNeeded: number & 15)))
  }
}
