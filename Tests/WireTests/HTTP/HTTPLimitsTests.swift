import TestKit
import Testing
import Wire

struct HTTPLimitsTests {
  private static let small: HTTPLimits = {
    var limits = HTTPLimits()
    limits.requestLine = 20
    limits.head = 60
    limits.fieldCount = 3
    limits.body = 10
    return limits
  }()

  private static func line(_ length: Int) -> String {
    "GET /" + String(repeating: "a", count: length - 14) + " HTTP/1.1\r\nHost: a\r\n\r\n"
  }

  /// A request and the error that the small limits give, or nil where it just fits.
  static let cases: [(String, HTTPParseError?)] = [
    (line(20), nil), (line(21), .requestLineTooLong), (line(50), .requestLineTooLong),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "b", count: 28))\r\n\r\n", nil),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "b", count: 29))\r\n\r\n", .headTooLarge),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "b", count: 99))", .headTooLarge),
    ("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\n\r\n", nil),
    ("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\nZ:\r\n\r\n", .tooManyFields),
    ("P / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", nil),
    ("P / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", .bodyTooLarge),
    (chunked("5\r\n01234\r\n5\r\n01234\r\n0\r\n\r\n"), nil),
    (chunked("5\r\n01234\r\n6\r\n"), .bodyTooLarge),
    (chunked("1;\(String(repeating: "e", count: 60))\r\n0\r\n0\r\n\r\n"), nil),
    (chunked("1;\(String(repeating: "e", count: 61))\r\n0\r\n0\r\n\r\n"), .malformedChunk),
    (
      chunked("1;\(String(repeating: "e", count: 40))\r\n0\r\n1;\(String(repeating: "e", count: 40))\r\n"),
      .malformedChunk
    ),
    (chunked("0\r\nX: \(String(repeating: "e", count: 58))\r\n\r\n"), nil),
    (chunked("0\r\nX: \(String(repeating: "e", count: 59))\r\n\r\n"), .malformedChunk),
  ]

  private static func chunked(_ body: String) -> String {
    "P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
  }

  @Test(arguments: cases)
  func `a limit holds to the byte in every split`(text: String, error: HTTPParseError?) {
    for pieces in everySplit(of: text) {
      let reading = RequestReading(pieces, limits: Self.small)
      #expect(reading.error == error)
      #expect(reading.wholeCount == (error == nil ? 1 : 0))
    }
  }
}
