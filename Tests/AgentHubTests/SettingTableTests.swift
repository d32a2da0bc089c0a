import Basics
import TestKit
import Testing

@testable import AgentHub

struct SettingTableTests {
  @Test func `names are unique and plain`() {
    let names = SettingTable.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(name.allSatisfy { $0.isLowercase || $0 == "-" }, "\(name)") }
  }

  @Test func `S001-14 flag and variable are made of the same words`() {
    for setting in SettingTable.all {
      let words = setting.name.uppercased().replacing("-", with: "_")
      #expect(setting.variable == "AGENTHUB_\(words)" && setting.flag.hasPrefix("--\(setting.name)"))
    }
    let setting = SettingTable.setting(flag: "--max-body-bytes")
    #expect(setting?.variable == "AGENTHUB_MAX_BODY_BYTES")
    #expect(SettingTable.setting(variable: "AGENTHUB_MAX_BODY_BYTES")?.name == "max-body-bytes")
  }

  @Test func `every default, written out, gives the default again`() {
    for setting in SettingTable.all where !setting.standard.isEmpty {
      var settings = Settings()
      #expect(setting.assign(setting.standard, &settings), "\(setting.name) refuses its own default.")
      #expect(settings == Settings(), "\(setting.name) changes with its own default.")
    }
  }

  @Test(
    arguments: [
      ("OPENAI_API_KEY", "OPENAI_API_KEY"), ("OPENAI_API_KEY_20", "OPENAI_API_KEY"),
      ("BYTEZ_API_KEYS", "BYTEZ_API_KEY"), ("OPENAI_API_KEYS", "OPENAI_API_KEY"),
      ("OPENAI_API_KEY_21", nil), ("OPENAI_API_KEY_0", nil), ("OPENAI_API_KEY_+1", nil),
      ("OPENAI_API_KEY_", nil), ("OPENAI_API_KEY_X", nil), ("OPENAI_BASE_URL_1", nil), ("OPENAI", nil),
    ])
  func `a provider's variable is known by its name, its number or its list`(variable: String, owner: String?)
  {
    #expect(ProviderVariable.owner(of: variable)?.name == owner)
  }

  @Test(
    arguments: [("sk-0123456789", "…6789"), ("elevenchars", "…"), ("", "…")])
  func `a secret is shown by its end, a short one not at all`(secret: String, shown: String) {
    #expect(masked(secret) == shown)
  }

  @Test(
    arguments: [
      ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
      ("::", false),
      ("127.0.0.1.example", false), ("127.0.0", false), ("127.0.0.256", false), ("10.0.0.1", false),
    ])
  func `only loopback addresses need no consent`(host: String, isLoopback: Bool) throws {
    var settings = Settings()
    settings.host = host
    #expect(settings.isLoopback == isLoopback)
    if !isLoopback {
      let error = #expect(throws: LaunchError.self) { try settings.checkTogether() }
      #expect(error?.reason == .openBind && error?.hint?.contains("--insecure-open") == true)
    }
    settings.insecureOpen = true
    try settings.checkTogether()
  }

  @Test func `a certificate without its key is refused, and the other way round`() {
    var settings = Settings()
    settings.tlsCertificate = "c.pem"
    #expect(throws: LaunchError.self) { try settings.checkTogether() }
    settings.tlsKey = "k.pem"
    #expect(throws: Never.self) { try settings.checkTogether() }
    settings.tlsCertificate = nil
    #expect(throws: LaunchError.self) { try settings.checkTogether() }
  }
}
