import Basics
import Testing

@testable import AgentHub

struct SettingsResolverTests {
  static func resolve(
    flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
  ) throws -> SettingsResolver {
    try SettingsResolver(
      flags: flags, environment: environment, file: file.map { try SettingsFile(path: "hub.conf", text: $0) })
  }

  static func failure(
    flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
  ) -> LaunchError? {
    #expect(throws: LaunchError.self) {
      try self.resolve(flags: flags, environment: environment, file: file)
    }
  }

  @Test(
    arguments: [
      (["port": "1"], ["AGENTHUB_PORT": "2"], "AGENTHUB_PORT=3", 1, SettingOrigin.flag("--port")),
      ([:], ["AGENTHUB_PORT": "2"], "AGENTHUB_PORT=3", 2, .environment("AGENTHUB_PORT")),
      ([:], [:], "# mine\nAGENTHUB_PORT=3", 3, .file("hub.conf", line: 2)),
      ([:], ["AGENTHUB_PORT": ""], "AGENTHUB_PORT=3", 3, .file("hub.conf", line: 1)),
      ([:], [:], "AGENTHUB_PORT=", 3001, .standard),
      ([:], [:], "", 3001, .standard),
    ] as [([String: String], [String: String], String, Int, SettingOrigin)])
  func `S003-30 the first place that names a setting decides`(
    flags: [String: String], environment: [String: String], file: String, port: Int, origin: SettingOrigin
  ) throws {
    let resolved = try Self.resolve(flags: flags, environment: environment, file: file)
    #expect(resolved.settings.port == port)
    #expect(resolved.rows.first { $0.name == "AGENTHUB_PORT" }?.origin == origin)
  }

  @Test func `every setting has a row, in the order of the table`() throws {
    let names = try Self.resolve().rows.map(\.name)
    #expect(names == SettingTable.all.map(\.variable))
  }

  @Test(
    arguments: [
      ("port", "65536"), ("port", "x"), ("port", "-1"), ("host", ""), ("loops", "1.5"),
      ("header-timeout", "0"),
      ("header-timeout", "nan"), ("rollup-ms", "-1"), ("rollup-ms", "2.5"), ("log", "loud"),
      ("echo", "maybe"),
      ("allowed-hosts", "a,,b"), ("max-body-bytes", "1MB"),
    ])
  func `a wrong value is refused with what is expected`(name: String, value: String) throws {
    let error = try #require(Self.failure(flags: [name: value]))
    let setting = try #require(SettingTable.all.first { $0.name == name })
    #expect(error.reason == .badValue)
    #expect(error.message.contains("\"\(value)\"") && error.message.contains("--\(name)"))
    #expect(error.hint == "Expected \(setting.expectation).")
  }

  @Test func `a wrong value in a file is refused with its line`() {
    #expect(Self.failure(file: "\n\nAGENTHUB_PORT=x")?.message.contains("hub.conf line 3") == true)
  }

  @Test func `values become what they mean`() throws {
    let settings = try Self.resolve(
      flags: [
        "rollup-ms": "0", "header-timeout": "0.5", "allowed-hosts": "a.example, b.example", "echo": "yes",
        "tls-key": "k.pem",
      ]
    ).settings
    #expect(settings.rollup == .zero)
    #expect(settings.headerTimeout == .milliseconds(500))
    #expect(settings.allowedHosts == ["a.example", "b.example"])
    #expect(settings.echo)
    #expect(settings.tlsKey == "k.pem")
  }

  @Test(
    arguments: [
      ("AGENTHUB_PROT", "AGENTHUB_PORT"), ("AGENTHUB_HOSTS", "AGENTHUB_HOST"),
      ("AGENTHUB_LOGS", "AGENTHUB_LOG"),
      ("AGENTHUB_MAX_BODY", "AGENTHUB_MAX_BODY_BYTES"),
    ])
  func `an unknown variable of ours stops the start with the nearest known one`(name: String, nearest: String)
  {
    let error = Self.failure(environment: [name: "1"])
    #expect(error?.reason == .unknownSetting && error?.message.contains(name) == true)
    #expect(error?.hint == "Did you mean \(nearest)?")
  }

  @Test func `a name far from all gets no guess`() {
    #expect(Self.failure(environment: ["AGENTHUB_XYZZY_Q": "1"])?.hint?.contains("Did you mean") == false)
  }

  @Test func `a file may hold our settings and the providers', nothing else`() throws {
    #expect(try Self.resolve(file: "OPENAI_API_KEY=abc\nDATABASE_URL=file:x").settings.database == "x")
    let error = Self.failure(file: "OPENAI_API_KEYZ=abc")
    #expect(error?.message.contains("line 1 of hub.conf") == true)
    #expect(error?.hint == "Did you mean OPENAI_API_KEY?")
    #expect(Self.failure(file: "PATH=/bin")?.reason == .unknownSetting)
  }

  @Test func `other programs' variables are none of our business`() throws {
    let environment = ["PATH": "/bin", "OPENAI_ORGANIZATION": "x", "AGENTHUB_CONFIG": "hub.conf"]
    #expect(try Self.resolve(environment: environment).settings == Settings())
  }

  @Test func `providers' variables are handed on, and shown without their secrets`() throws {
    let resolved = try Self.resolve(
      environment: ["OPENAI_API_KEY_2": "sk-0123456789abcd", "BYTEZ_API_KEY": "short"],
      file: "OPENAI_BASE_URL=http://127.0.0.1:8081/v1\nOPENAI_API_KEY_2=sk-from-the-file")
    #expect(
      resolved.settings.providerVariables == [
        "OPENAI_API_KEY_2": "sk-0123456789abcd", "BYTEZ_API_KEY": "short",
        "OPENAI_BASE_URL": "http://127.0.0.1:8081/v1",
      ])
    let shown = resolved.rows.suffix(3)
    #expect(shown.map(\.name) == ["BYTEZ_API_KEY", "OPENAI_API_KEY_2", "OPENAI_BASE_URL"])
    #expect(shown.map(\.value) == ["…", "…abcd", "http://127.0.0.1:8081/v1"])
  }

  @Test(
    arguments: [
      ("file:./dev.db", "./dev.db"), ("file:dev.db?mode=rw", "dev.db"), ("file:/var/hub.db", "/var/hub.db"),
      ("file:///var/hub.db", "/var/hub.db"),
    ])
  func `DATABASE_URL names the file`(url: String, path: String) throws {
    #expect(try Self.resolve(environment: ["DATABASE_URL": url]).settings.database == path)
  }

  @Test(arguments: ["postgres://user:secret@db/hub", "file:", "file://host/x", "./dev.db"])
  func `another DATABASE_URL stops the start and is not repeated`(url: String) {
    let error = Self.failure(environment: ["DATABASE_URL": url])
    #expect(error?.reason == .unsupportedDatabase)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func `S004-30 hours between two clean-ups come from the name that deployments know`() throws {
    let variable = "CONVERSATION_CLEANUP_INTERVAL_HOURS"
    #expect(try Self.resolve(environment: [variable: "0.5"]).settings.forgetEvery == .seconds(1800))
    #expect(try Self.resolve(file: "\(variable)=2").settings.forgetEvery == .seconds(7200))
    let both = [variable: "0.5", "AGENTHUB_FORGET_EVERY": "3"]
    #expect(try Self.resolve(environment: both).settings.forgetEvery == .seconds(10_800))
    #expect(Self.failure(environment: [variable: "soon"])?.hint == "Expected hours from 0.01 to 8760.")
  }

  @Test func `S004-30 the age of field service's threads comes from the name that deployments know`() throws {
    let settings = try Self.resolve(environment: ["CONVERSATION_MAX_AGE_HOURS": "48"]).settings
    #expect(settings.forgetThreadsAfter == .seconds(48 * 3600))
    #expect(Settings().forgetThreadsAfter == .seconds(24 * 3600))
    let kept = try Self.resolve(environment: ["CONVERSATION_MAX_AGE_HOURS": "0"]).settings
    #expect(kept.expiryRules.isEmpty)
  }

  @Test func `AGENTHUB_DATABASE outranks DATABASE_URL`() throws {
    let environment = ["DATABASE_URL": "postgres://db/hub", "AGENTHUB_DATABASE": "mine.db"]
    #expect(try Self.resolve(environment: environment).settings.database == "mine.db")
  }
}
