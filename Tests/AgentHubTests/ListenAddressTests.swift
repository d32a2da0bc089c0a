import Testing

@testable import AgentHub

struct ListenAddressTests {
  @Test(
    arguments: [
      ("8000", "hub", nil, 8000), ("fsia=8000", "fsia", nil, 8000), ("fsia = 0", "fsia", nil, 0),
      ("nexus=127.0.0.1:3001", "nexus", "127.0.0.1", 3001), ("localhost:81", "hub", "localhost", 81),
      ("customer=[::1]:8000", "customer", "::1", 8000),
    ] as [(String, String, String?, Int)])
  func `S004-01 a listener is a port, with a profile and a host if wanted`(
    text: String, profile: String, host: String?, port: Int
  ) throws {
    let address = try #require(ListenAddress(text))
    #expect(address == ListenAddress(profile: profile, host: host, port: port))
    #expect(ListenAddress(address.text) == address)
  }

  @Test(
    arguments: [
      "", "fsia", "fsia=", "fsia=x", "fsia=70000", "fsia=-1", "other=8000", "=8000", "fsia=:8000",
      "fsia=8000=1",
      "fsia=::1:8000", "fsia=8000:",
    ])
  func `what is no listener is refused`(text: String) {
    #expect(ListenAddress(text) == nil)
  }

  @Test func `flags add up, and the environment has commas`() throws {
    let flags = try CommandLineParser.parse(["serve", "--listen", "fsia=8000", "--listen=nexus=3002,8001"])
    #expect(flags.settings["listen"] == "fsia=8000,nexus=3002,8001")
    let resolved = try SettingsResolver(
      flags: [:], environment: ["AGENTHUB_LISTEN": "fsia=8000, insightx=3000"], file: nil)
    #expect(resolved.settings.listen.map(\.text) == ["fsia=8000", "insightx=3000"])
  }

  @Test func `a word that is none says what is expected, with the profiles`() throws {
    #expect {
      try SettingsResolver(flags: ["listen": "fsai=8000"], environment: [:], file: nil)
    } throws: { error in
      let hint = (error as? LaunchError)?.hint ?? ""
      return ["hub", "insightx", "customer", "nexus", "fsia"].allSatisfy { hint.contains($0) }
    }
  }

  @Test func `two listeners at one place are refused before any port is taken`() throws {
    var settings = Settings()
    settings.listen = [ListenAddress(profile: "fsia", host: nil, port: 3001)]
    #expect { try settings.checkTogether() } throws: { ($0 as? LaunchError)?.reason == .repeatedListener }
    settings.listen = [
      ListenAddress(profile: "fsia", host: nil, port: 0), ListenAddress(profile: "nexus", host: nil, port: 0),
    ]
    #expect(throws: Never.self) { try settings.checkTogether() }
  }

  @Test func `a listener that others can reach is refused like the main one`() {
    var settings = Settings()
    settings.listen = [ListenAddress(profile: "fsia", host: "0.0.0.0", port: 8000)]
    #expect { try settings.checkTogether() } throws: { error in
      let error = error as? LaunchError
      return error?.reason == .openBind && error?.message.contains("0.0.0.0") == true
    }
    settings.insecureOpen = true
    #expect(throws: Never.self) { try settings.checkTogether() }
  }

  @Test func `S003-30 names that deployments of the replaced systems set are heard`() throws {
    let resolved = try SettingsResolver(
      flags: [:],
      environment: ["CORS_ORIGINS": "https://a.example,https://b.example", "ENVIRONMENT": "production"],
      file: nil)
    #expect(resolved.settings.allowedOrigins == ["https://a.example", "https://b.example"])
    #expect(resolved.settings.environment == "production")
  }

  @Test func `the start tells every listener`() {
    let more = [(ListenAddress(profile: "fsia", host: nil, port: 0), UInt16(4712))]
    let text = StartMessage.text(Settings(), port: 4711, more: more)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[1] == "  and as fsia on http://127.0.0.1:4712" && lines[2] == "")
    let alone = StartMessage.text(Settings(), port: 4711).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(alone[1] == "" && alone[2].contains("Open"))
  }
}
