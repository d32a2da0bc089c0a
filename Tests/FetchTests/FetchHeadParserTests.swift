import Testing

@testable import Fetch

struct FetchHeadParserTests {
  private func parse(_ lines: [String]) -> FetchHead? {
    var parser = FetchHeadParser()
    var result: FetchHead?
    for line in lines {
      let outcome = Array(line.utf8).withUnsafeBytes { parser.receive($0) }
      if case .head(let head) = outcome { result = head }
    }
    return result
  }

  @Test func `status and fields are read`() throws {
    let head = try #require(
      parse(["HTTP/1.1 200 OK\r\n", "Content-Type:  text/event-stream \r\n", "X-A:\r\n", "\r\n"]))
    #expect(head.status == 200)
    #expect(head["content-type"] == "text/event-stream")
    #expect(head["x-a"] == "")
    #expect(head["x-b"] == nil)
  }

  @Test func `interim answers are passed over`() throws {
    let head = try #require(
      parse([
        "HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n", "HTTP/1.1 404 Not Found\r\n", "A: b\r\n",
        "\r\n",
      ]))
    #expect(head.status == 404)
    #expect(head["link"] == nil)
  }

  @Test func `trailers do not change the head`() throws {
    let head = try #require(parse(["HTTP/1.1 200 OK\r\n", "\r\n", "A: b\r\n", "\r\n"]))
    #expect(head["a"] == nil)
  }

  @Test func `an endless head is refused`() {
    var parser = FetchHeadParser()
    let line = Array(("A: " + String(repeating: "x", count: 60_000) + "\r\n").utf8)
    var wasRefused = false
    for _ in 0..<3 {
      if case .tooLarge = line.withUnsafeBytes({ parser.receive($0) }) { wasRefused = true }
    }
    #expect(wasRefused)
  }
}
