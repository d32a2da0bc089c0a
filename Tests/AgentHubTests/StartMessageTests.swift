import Testing

@testable import AgentHub

struct StartMessageTests {
  @Test(
    arguments: [
      ("127.0.0.1", false, "http://127.0.0.1:3001"), ("localhost", true, "https://localhost:3001"),
      ("0.0.0.0", false, "http://127.0.0.1:3001"), ("::", false, "http://[::1]:3001"),
      ("::1", true, "https://[::1]:3001"), ("[::1]", false, "http://[::1]:3001"),
    ])
  func `an address becomes a URL to go to`(host: String, isSecure: Bool, url: String) {
    #expect(StartMessage.url(host: host, port: 3001, isSecure: isSecure) == url)
  }

  @Test func `the first line names the URL with the port that was taken`() {
    var settings = Settings()
    settings.port = 0
    let first = StartMessage.text(settings, port: 4711).split(separator: "\n")[0]
    #expect(first == "AgentHub \(HubVersion.text) listens on http://127.0.0.1:4711")
  }
}
