import Testing
import Wire

struct HTTPResponseEncoderTests {
  struct Case: Sendable {
    var name: String
    var request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    var status: HTTPStatus = 200
    var fields: HTTPFields = [:]
    var length: HTTPBodyLength = .known(2)
    var keepsAlive = true
    var expected: String
  }

  static let cases: [Case] = [
    Case(name: "length", expected: "200 OK|Date: D|Content-Length: 2||ok"),
    Case(name: "stream", length: .unknown, expected: "200 OK|Date: D|Transfer-Encoding: chunked||2|ok|0||"),
    Case(
      name: "close", keepsAlive: false, expected: "200 OK|Date: D|Content-Length: 2|Connection: close||ok"),
    Case(
      name: "1.0 stream", request: "GET / HTTP/1.0\r\n\r\n", length: .unknown,
      expected: "200 OK|Date: D|Connection: close||ok"),
    Case(
      name: "1.0 length", request: "GET / HTTP/1.0\r\n\r\n",
      expected: "200 OK|Date: D|Content-Length: 2|Connection: keep-alive||ok"),
    Case(
      name: "head", request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
      expected: "200 OK|Date: D|Content-Length: 2||"),
    Case(
      name: "head stream", request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", length: .unknown,
      expected: "200 OK|Date: D||"),
    Case(name: "204", status: 204, expected: "204 No Content|Date: D||"),
    Case(
      name: "304", status: 304, fields: ["ETag": "\"x\""], expected: "304 Not Modified|Date: D|ETag: \"x\"||"),
    Case(
      name: "101", status: 101, fields: ["Upgrade": "websocket"], length: .known(0),
      expected: "101 Switching Protocols|Upgrade: websocket|Connection: Upgrade||"),
    Case(
      name: "426", status: 426, fields: ["Upgrade": "websocket"], keepsAlive: false,
      expected:
        "426 Upgrade Required|Date: D|Upgrade: websocket|Content-Length: 2|Connection: Upgrade, close||ok"),
    Case(
      name: "own fields",
      fields: ["content-length": "9", "DATE": "x", "Connection": "y", "Transfer-Encoding": "z"],
      expected: "200 OK|Date: D|Content-Length: 2||ok"),
    Case(
      name: "injection", fields: ["X": "a\r\nSet-Cookie: b\0"],
      expected: "200 OK|Date: D|X: a  Set-Cookie: b |Content-Length: 2||ok"),
  ]

  @Test(arguments: cases)
  func `a response is framed as its request and status ask`(item: Case) throws {
    let request = try #require(RequestReading(item.request).heads.first)
    let encoder = HTTPResponseEncoder(
      HTTPResponseHead(status: item.status, fields: item.fields), length: item.length, to: request,
      keepsAlive: item.keepsAlive)
    var output: [UInt8] = []
    encoder.appendHead(date: "D", to: &output)
    encoder.appendBody([], to: &output)
    encoder.appendBody(Array("ok".utf8), to: &output)
    encoder.appendEnd(to: &output)
    let text = String(decoding: output, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    #expect(text.joined(separator: "|") == "HTTP/1.1 " + item.expected, "\(item.name)")
  }

  @Test func `a big chunk has its length in hexadecimal`() throws {
    let head = HTTPResponseHead(status: 200)
    let encoder = HTTPResponseEncoder(head, length: .unknown, to: nil, keepsAlive: true)
    var output: [UInt8] = []
    encoder.appendBody([UInt8](repeating: 0x61, count: 0x1AF), to: &output)
    #expect(output.starts(with: Array("1af\r\naaa".utf8)))
    #expect(output.count == 0x1AF + 7)
  }
}
