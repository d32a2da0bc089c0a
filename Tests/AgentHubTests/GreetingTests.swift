import Testing

@testable import AgentHub

struct GreetingTests {
  @Test(
    arguments: [
      ("127.0.0.1", false, "http://127.0.0.1:3001"), ("localhost", true, "https://localhost:3001"),
      ("0.0.0.0", false, "http://127.0.0.1:3001"), ("::", false, "http://[::1]:3001"),
      ("::1", true, "https://[::1]:3001"),
      ("[::1]", false, "http://[::1]:3001"),
    ])
  func `an address becomes a URL to go to`(host: String, isSecure: Bool, url: String) {
    #expect(Greeting.url(host: host, port: 3001, isSecure: isSecure) == url)
  }

  @Test func `the first line names the URL and the data`() {
    let text = Greeting.text(url: "http://127.0.0.1:7", database: "./a.db")
    #expect(
      text.split(separator: "\n")[0]
        == "AgentHub \(HubVersion.text) listens on http://127.0.0.1:7, data in ./a.db")
  }
}
