import Basics

/// What a head says about its connection and body, gathered while its fields are read.
struct ConnectionOptions: Sendable {
  private var hostCount = 0
  private var contentLength: Int?
  private var transferCodingCount = 0
  private var isChunked = false
  private var asksClose = false
  private var asksKeepAlive = false
  private var expectation: Expectation = .none

  private enum Expectation { case none, `continue`, unknown }

  /// Takes one field; only the lengths that matter are compared, since every field passes here.
  mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>) throws(HTTPParseError) {
    switch name.count {
    case 4 where HTTPSyntax.equal(name, "host"):
      hostCount += 1
      guard hostCount == 1, HTTPSyntax.isAuthority(value) else { throw .invalidHost }
    case 6 where HTTPSyntax.equal(name, "expect"):
      expectation = HTTPSyntax.equal(value, "100-continue") ? .continue : .unknown
    case 10 where HTTPSyntax.equal(name, "connection"):
      if HTTPSyntax.list(value, contains: "close") { asksClose = true }
      if HTTPSyntax.list(value, contains: "keep-alive") { asksKeepAlive = true }
    case 14 where HTTPSyntax.equal(name, "content-length"):
      // Equal values could be folded into one (RFC 9110 §8.6); no honest client sends two, so all are refused.
      guard contentLength == nil else { throw .invalidContentLength }
      contentLength = try Self.decimal(value)
    case 17 where HTTPSyntax.equal(name, "transfer-encoding"):
      transferCodingCount += 1
      isChunked = HTTPSyntax.equal(value, "chunked")
    default: break
    }
  }

  private static func decimal(_ bytes: Span<UInt8>) throws(HTTPParseError) -> Int {
    guard !bytes.isEmpty else { throw .invalidContentLength }
    var number = 0
    for index in bytes.indices {
      guard HTTPSyntax.isDigit(bytes[index]) else { throw .invalidContentLength }
      let (tens, overflows) = number.multipliedReportingOverflow(by: 10)
      let (sum, carries) = tens.addingReportingOverflow(Int(bytes[index] - UInt8(ascii: "0")))
      guard !overflows, !carries else { throw .invalidContentLength }
      number = sum
    }
    return number
  }

  // RFC 9112 §6.1, §6.3. Both lengths at once, and Transfer-Encoding in HTTP/1.0, are how requests are smuggled.
  func framing(minorVersion: Int, bodyLimit: Int) throws(HTTPParseError) -> HTTPBodyFraming {
    guard hostCount == 1 || minorVersion == 0 else { throw .invalidHost }
    if transferCodingCount > 0 {
      guard contentLength == nil, minorVersion == 1 else { throw .conflictingLengths }
      guard transferCodingCount == 1, isChunked else { throw .unsupportedTransferCoding }
      return .chunked
    }
    guard let contentLength, contentLength > 0 else { return .none }
    guard contentLength <= bodyLimit else { throw .bodyTooLarge }
    return .length(contentLength)
  }

  // RFC 9110 §10.1.1: a server ignores the expectation of an HTTP/1.0 client, and of a request without body.
  func expectsContinue(_ minorVersion: Int, _ framing: HTTPBodyFraming) throws(HTTPParseError) -> Bool {
    guard minorVersion == 1 else { return false }
    switch expectation {
    case .none: return false
    case .continue: return framing != .none
    case .unknown: throw .unsupportedExpectation
    }
  }

  // RFC 9112 §9.3.
  func wantsKeepAlive(_ minorVersion: Int) -> Bool { !asksClose && (minorVersion == 1 || asksKeepAlive) }
}
