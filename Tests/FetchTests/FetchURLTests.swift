import Testing

@testable import Fetch

struct FetchURLTests {
  @Test(
    arguments: [
      ("https://api.openai.com/v1", "api.openai.com", 443), ("http://LOCALHOST:11434", "localhost", 11434),
      ("HTTPS://a.b", "a.b", 443), ("http://[::1]:8080/x", "::1", 8080), ("http://[::1]", "::1", 80),
      ("http://h?q=http://x", "h", 80),
    ])
  func `a URL names its server`(text: String, host: String, port: Int) throws {
    let url = try FetchURL(text)
    #expect(url.host == host)
    #expect(url.port == port)
  }

  @Test(
    arguments: [
      "", "api.openai.com", "ftp://a", "http://", "https:///x", "http://a:b@c", "http://k@c", "http://a:0",
      "http://a:65536",
      "http://a:x", "http://a b", "http://a\r\nX: y", "http://[::1", "http://[::1]x",
    ])
  func `what is no web address is refused`(text: String) {
    #expect { try FetchURL(text) } throws: { ($0 as? FetchError)?.kind == .badURL }
  }

  @Test func `paths are joined with one slash`() throws {
    #expect(try FetchURL("http://h/v1/").appending(path: "x").text == "http://h/v1/x")
    #expect(try FetchURL("http://h/v1").appending(path: "x").text == "http://h/v1/x")
  }

  @Test func `an origin is scheme, host and port`() throws {
    let url = try FetchURL("https://h/v1")
    #expect(url.hasSameOrigin(as: try FetchURL("https://H:443/other")))
    #expect(!url.hasSameOrigin(as: try FetchURL("http://h/v1")))
    #expect(!url.hasSameOrigin(as: try FetchURL("https://h:444/v1")))
  }
}
