import Basics

/// Reads one request head line by line, strictly (RFC 9112 §2-§6). Offsets count from the head's first byte.
///
/// Each line is checked once, when its end has come; so any split of the bytes gives the same answer.
struct HTTPHeadParser: Sendable {
  private struct RequestLine {
    var method: Range<Int>
    var target: Range<Int>
    var minorVersion: Int
  }

  private var requestLine: RequestLine?
  private var entries: [HTTPFields.Entry] = []
  private var connection = ConnectionOptions()
  private var lineStart = 0
  /// Bytes before it hold no line end that is still to be read.
  private var scanned = 0
  private var skippedEmptyLine = false

  /// Reads on; gives the head and how many bytes it took, or nil while lines are missing.
  mutating func parse(
    _ bytes: Span<UInt8>, _ limits: HTTPLimits
  ) throws(HTTPParseError) -> (head: HTTPRequestHead, count: Int)? {
    while let feed = bytes.firstOffset(of: UInt8(ascii: "\n"), from: scanned) {
      guard feed > lineStart, bytes[feed - 1] == UInt8(ascii: "\r") else { throw .bareLineEnd }
      let line = lineStart..<(feed - 1)
      scanned = feed + 1
      lineStart = scanned
      if requestLine == nil {
        try takeFirst(line, of: bytes, limits)
      } else if line.isEmpty {
        guard scanned <= limits.head else { throw .headTooLarge }
        return (try finish(bytes, limits), scanned)
      } else {
        guard scanned <= limits.head else { throw .headTooLarge }
        guard entries.count < limits.fieldCount else { throw .tooManyFields }
        try takeField(line, of: bytes)
      }
    }
    scanned = bytes.count
    if requestLine == nil, bytes.count - lineStart > limits.requestLine + 1 { throw .requestLineTooLong }
    if bytes.count > limits.head { throw .headTooLarge }
    return nil
  }

  /// The path of the head that is being read, as it came, without the query; nil while its first line is missing, or is none.
  func path(in bytes: Span<UInt8>) -> String? {
    guard let target = requestLine?.target, target.upperBound <= bytes.count else { return nil }
    let text = bytes.extracting(target)
    let end = text.firstOffset(of: UInt8(ascii: "?"), from: 0) ?? text.count
    return String(text.extracting(first: end))
  }

  // RFC 9112 §2.2: "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty
  // line (CRLF) received prior to the request-line". One is enough.
  private mutating func takeFirst(
    _ line: Range<Int>, of bytes: Span<UInt8>, _ limits: HTTPLimits
  ) throws(HTTPParseError) {
    if line.isEmpty, !skippedEmptyLine {
      skippedEmptyLine = true
      return
    }
    guard line.count <= limits.requestLine else { throw .requestLineTooLong }
    guard scanned <= limits.head else { throw .headTooLarge }
    requestLine = try Self.requestLine(line, of: bytes)
    entries.reserveCapacity(12)
  }

  // RFC 9112 §3: method SP request-target SP HTTP-version; exactly one blank each, or a proxy may see another target.
  private static func requestLine(
    _ line: Range<Int>, of bytes: Span<UInt8>
  ) throws(HTTPParseError) -> RequestLine {
    var methodEnd = line.lowerBound
    while methodEnd < line.upperBound, HTTPSyntax.isToken(bytes[methodEnd]) { methodEnd += 1 }
    guard methodEnd > line.lowerBound, methodEnd < line.upperBound, bytes[methodEnd] == UInt8(ascii: " ")
    else {
      throw .malformedRequestLine
    }
    let targetStart = methodEnd + 1
    let upToLineEnd = bytes.extracting(first: line.upperBound)
    guard let targetEnd = upToLineEnd.firstOffset(of: UInt8(ascii: " "), from: targetStart),
      targetEnd > targetStart

    else { throw .malformedRequestLine }
    let minor = try minorVersion(bytes.extracting((targetEnd + 1)..<line.upperBound))
    return RequestLine(
      method: line.lowerBound..<methodEnd, target: targetStart..<targetEnd, minorVersion: minor)
  }

  private static func minorVersion(_ bytes: Span<UInt8>) throws(HTTPParseError) -> Int {
    guard bytes.count == 8, HTTPSyntax.equal(bytes.extracting(first: 5), "HTTP/"),
      bytes[0] == UInt8(ascii: "H"),
      bytes[1] == UInt8(ascii: "T"), bytes[2] == UInt8(ascii: "T"), bytes[3] == UInt8(ascii: "P"),
      HTTPSyntax.isDigit(bytes[5]), bytes[6] == UInt8(ascii: "."), HTTPSyntax.isDigit(bytes[7])
    else { throw .malformedRequestLine }
    guard bytes[5] == UInt8(ascii: "1"), bytes[7] <= UInt8(ascii: "1") else { throw .unsupportedVersion }
    return Int(bytes[7] - UInt8(ascii: "0"))
  }

  private mutating func takeField(_ line: Range<Int>, of bytes: Span<UInt8>) throws(HTTPParseError) {
    guard !HTTPSyntax.isBlank(bytes[line.lowerBound]) else { throw .foldedField }
    var colon = line.lowerBound
    while colon < line.upperBound, HTTPSyntax.isToken(bytes[colon]) { colon += 1 }
    // A blank before the colon is no token, so it ends here too (RFC 9112 §5.1).
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
      throw .malformedField
    }
    let value = HTTPSyntax.trimmedRange(bytes, (colon + 1)..<line.upperBound)
    if let index = HTTPSyntax.firstInvalidOffset(bytes, value) {
      throw bytes[index] == UInt8(ascii: "\r") ? .bareLineEnd : .malformedField
    }
    let name = line.lowerBound..<colon
    try connection.take(bytes.extracting(name), bytes.extracting(value))
    entries.append(HTTPFields.Entry(name: name, value: value))
  }

  private func finish(_ bytes: Span<UInt8>, _ limits: HTTPLimits) throws(HTTPParseError) -> HTTPRequestHead {
    guard let requestLine else { throw .malformedRequestLine }
    let method = HTTPMethod(String(bytes.extracting(requestLine.method)))
    // Its target would be an authority: a proxy's business.
    guard method.name != "CONNECT" else { throw .tunnelRefused }
    let target = try RequestTarget(
      bytes.extracting(requestLine.target), text: String(bytes.extracting(requestLine.target)))
    guard target.path != "*" || method == .options else { throw .invalidTarget }
    let framing = try connection.framing(
      minorVersion: requestLine.minorVersion, bodyLimit: limits.body(of: target.path))
    return HTTPRequestHead(
      method: method, target: target, minorVersion: requestLine.minorVersion,
      fields: HTTPFields(bytes: [UInt8](bytes.extracting(first: scanned)), entries: entries),
      framing: framing,
      expectsContinue: try connection.expectsContinue(requestLine.minorVersion, framing),
      wantsKeepAlive: connection.wantsKeepAlive(requestLine.minorVersion))
  }
}
