import Basics
import Model
import Testing

@testable import API

struct ConfigCheckTests {
  private static func fault(_ config: JSONObject) -> (any CodedError)? {
    do {
      try ConfigCheck.check(config)
      return nil
    } catch {
      return error as? any CodedError
    }
  }

  @Test(
    arguments: [
      ("max_tokens", "maxTokens"), ("systemprompt", "systemPrompt"), ("api_key", "apiKey"),
      ("base_url", "baseUrl"), ("baseURL", "baseUrl"), ("Temprature", "temperature"), ("top_p", "topP"),
      ("top_k", "topK"),
    ])
  func `a member near a known one is refused`(name: String, meant: String) {
    var config = JSONObject()
    config[name] = "x"
    let error = Self.fault(config)
    #expect(error?.code == "invalid_config")
    #expect(error?.message == "config has no member \(name).")
    #expect(error?.hint == "Did you mean \(meant)?")
  }

  @Test func `a near member of the time-outs is refused`() {
    #expect(Self.fault(["timeouts": ["first_byte": 1]])?.hint == "Did you mean firstByte?")
  }

  static let fallbacks: [(JSONObject, String)] = [
    (["provider": "openai", "modle": "m"], "config.fallbacks[0] has no member modle."),
    (["provider": "opnai", "model": "m"], "config.fallbacks[0].provider is not known: opnai."),
    (
      ["provider": "openai", "model": "m", "baseUrl": "http://h:0"],
      "config.fallbacks[0].baseUrl cannot be used: A URL has a wrong port."
    ),
  ]

  @Test(arguments: fallbacks)
  func `a fallback that could not answer is refused`(fallback: JSONObject, message: String) {
    let error = Self.fault(["fallbacks": [.object(fallback)]])
    #expect(error?.code == "invalid_config" && error?.message == message && error?.hint != nil)
  }

  @Test func `a key in a fallback is masked`() {
    let config: JSONObject = [
      "fallbacks": [["provider": "openai", "model": "m", "apiKey": "sk-0123456789abcd"]]
    ]
    #expect(SecretFields.masked(config)["fallbacks"]?[0]?["apiKey"] == "***abcd")
  }

  @Test(arguments: ["colour", "plugins", "notes", "headers", "x"])
  func `other members are kept`(name: String) {
    var config = JSONObject()
    config[name] = "x"
    #expect(Self.fault(config) == nil)
  }

  @Test func `every known member is known`() {
    for name in AgentConfiguration.names {
      var config = JSONObject()
      config[name] = .null
      #expect(Self.fault(config) == nil)
    }
  }

  @Test(
    arguments: [
      ("http://", "names no host"), ("https://:8080/v1", "names no host"), ("http://h:99999", "wrong port"),
      ("http://h:0", "wrong port"), ("http://h:x", "wrong port"), ("http://u:p@h", "user name or password"),
      ("https://h/v1?key=1", "no query"), ("https://h/v1#a", "no fragment"), ("ftp://h", "http://"),
    ])
  func `a base URL that cannot be used is refused`(url: String, part: String) {
    let error = Self.fault(["baseUrl": .string(url)])
    #expect(error?.code == "invalid_config")
    #expect(error?.message.contains("config.baseUrl") == true && error?.message.contains(part) == true)
  }

  @Test(arguments: ["http://127.0.0.1:8080/v1", "https://h", "http://[::1]:1/v1/", ""])
  func `a base URL is taken`(url: String) {
    #expect(Self.fault(["baseUrl": .string(url)]) == nil)
  }
}
