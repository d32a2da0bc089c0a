import TestKit
import Testing
import Wire

/// Requests that two parsers could read differently, or that ask for too much (RFC 9112 §11.1, §11.2).
struct HostileRequestTests {
  private static func post(_ fields: String, _ body: String = "") -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
  }

  private static func get(_ fields: String) -> String { "GET / HTTP/1.1\r\n\(fields)\r\n\r\n" }

  static let lines: [(String, HTTPParseError)] = [
    ("GET /\r\n\r\n", .malformedRequestLine), ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformedRequestLine),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
    (" GET / HTTP/1.1\r\n", .malformedRequestLine),
    ("GET / a HTTP/1.1\r\n", .malformedRequestLine), ("G(T / HTTP/1.1\r\n", .malformedRequestLine),
    ("G\0T / HTTP/1.1\r\n", .malformedRequestLine), ("GET / http/1.1\r\n", .malformedRequestLine),
    ("GET / HTTP/11\r\n", .malformedRequestLine), ("GET / HTTP/1.10\r\n", .malformedRequestLine),
    ("GET\t/ HTTP/1.1\r\n", .malformedRequestLine), ("\r\n\r\nGET / HTTP/1.1\r\n", .malformedRequestLine),
    ("GET / HTTP/2.0\r\n", .unsupportedVersion), ("GET / HTTP/0.9\r\n", .unsupportedVersion),
    ("GET / HTTP/1.2\r\n", .unsupportedVersion), ("PRI * HTTP/2.0\r\n", .unsupportedVersion),
    ("GET / HTTP/1.1\nHost: a\n\n", .bareLineEnd), ("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineEnd),
    ("\nGET / HTTP/1.1\r\n", .bareLineEnd), ("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineEnd),
  ]

  static let targets: [(String, HTTPParseError)] =
    [
      "/a\0", "/a\r", "/%", "/%2", "/%zz", "/%00", "/a#b", "/é", "/%ff", "a", "*a", "//\u{7F}", "ftp://a/",
      "http:///",
      "http://", "http://u@a/", "http://a:b/", "*",
    ].map { target in
      let isHostFault = ["http:///", "http://u@a/", "http://a:b/"].contains(target)
      return ("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", isHostFault ? .invalidHost : .invalidTarget)
    } + [("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", .tunnelRefused)]

  static let fields: [(String, HTTPParseError)] = [
    (get("X: 1"), .invalidHost), (get("Host:"), .invalidHost), (get("Host: a\r\nHost: a"), .invalidHost),
    (get("Host: a b"), .invalidHost), (get("Host: a/b"), .invalidHost), (get("Host: u@a"), .invalidHost),
    (get("Host: a:x"), .invalidHost), (get("Host: a,b"), .invalidHost), (get("Host: [::1"), .invalidHost),
    (get("Host: a:123456"), .invalidHost), (get("Host: :80"), .invalidHost),
    (get("Host : a"), .malformedField), (get("Host: a\r\nX Y: 1"), .malformedField),
    (get("Host: a\r\n: 1"), .malformedField), (get("Host: a\r\nX"), .malformedField),
    (get("Host: a\r\nX: a\0b"), .malformedField), (get("Host: a\r\nX\0: b"), .malformedField),
    (get("Host: a\r\nX: a\u{7F}"), .malformedField), (get("Host: a\r\nX: a\u{1}"), .malformedField),
    (get("Host: a\r\nX: a\rb"), .bareLineEnd), (get("Host: a\r\nX: a\r\r"), .bareLineEnd),
    (get("Host: a\r\n b"), .foldedField), (get("Host: a\r\n\tb"), .foldedField),
    (get(" Host: a"), .foldedField),
    (get("Host: a\r\nExpect: 200-ok"), .unsupportedExpectation),
    (get("Host: a\r\nUpgrade\u{E9}: x"), .malformedField),
  ]

  static let lengths: [(String, HTTPParseError)] =
    [
      "+5", "-1", "0x5", "5 5", "5,5", "5, 6", "", "99999999999999999999", "9223372036854775808", "5a", "1e1",
      "5;",
    ].map { (post("Content-Length: \($0)", "hello"), .invalidContentLength) } + [
      (post("Content-Length: 5\r\nContent-Length: 6", "hello"), .invalidContentLength),
      (post("Content-Length: 5\r\nContent-Length: 5", "hello"), .invalidContentLength),
      (post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), .conflictingLengths),
      (post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), .conflictingLengths),
      ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .conflictingLengths),
      (post("Content-Length: 1048577"), .bodyTooLarge),
    ]

  static let codings: [(String, HTTPParseError)] =
    [
      "xchunked", "chunked, identity", "gzip, chunked", "chunked, chunked", "identity", "", "chunked;a=b",
      "\"chunked\"",
    ]
    .map { (post("Transfer-Encoding: \($0)"), .unsupportedTransferCoding) } + [
      (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), .unsupportedTransferCoding),
      (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), .unsupportedTransferCoding),
      (post("Transfer-Encoding : chunked"), .malformedField),
      (post("Transfer-Encoding:\u{B}chunked"), .malformedField),
      (post("Transfer-Encoding\u{B}: chunked"), .malformedField),
      (post("Transfer-Encoding:\r\n chunked"), .foldedField),
    ]

  static let all = lines + targets + fields + lengths + codings

  @Test(arguments: all)
  func `a hostile request is refused in every split`(text: String, error: HTTPParseError) {
    for pieces in everySplit(of: text) {
      let reading = RequestReading(pieces)
      #expect(reading.error == error)
      #expect(reading.wholeCount == 0)
    }
  }

  static let statuses: [(HTTPParseError, HTTPStatus)] = [
    (.malformedRequestLine, 400), (.invalidTarget, 400), (.requestLineTooLong, 414),
    (.unsupportedVersion, 505),
    (.tunnelRefused, 501), (.headTooLarge, 431), (.tooManyFields, 431), (.unsupportedTransferCoding, 501),
    (.conflictingLengths, 400), (.unsupportedExpectation, 417), (.bodyTooLarge, 413), (.headTimedOut, 408),
  ]

  @Test(arguments: statuses)
  func `an error has its status`(error: HTTPParseError, status: HTTPStatus) {
    #expect(error.status == status)
    #expect(error.message.hasSuffix("."))
  }

  @Test func `an error is repeated and nothing follows it`() {
    var parser = HTTPRequestParser()
    parser.receive(Array("X\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8).span)
    for _ in 0..<3 { #expect(throws: HTTPParseError.malformedRequestLine) { try parser.next() } }
    parser.receive(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8).span)
    #expect(throws: HTTPParseError.malformedRequestLine) { try parser.next() }
  }
}
