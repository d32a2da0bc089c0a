import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ReachTests {
  private static func call(_ base: String?) -> ProviderCall {
    var configuration = AgentConfiguration()
    configuration.baseUrl = base
    return ProviderCall(
      provider: "openai", request: CompletionRequest(model: "m", turns: []), configuration: configuration)
  }

  static let rows: [(url: String, isAllowed: Bool)] = [
    ("http://10.0.0.1/v1/chat/completions", true), ("http://10.0.0.1/other", true),
    ("http://10.0.0.2/v1", false),
    ("http://10.0.0.1:81/v1", false), ("https://10.0.0.1/v1", false),
    ("http://localhost:11434/api/chat", true),
    ("http://localhost:11435/api/chat", false), ("https://api.openai.com/v1", true),
  ]

  @Test(arguments: rows)
  func `where agents' servers may not be private, only the operator's and the dialects' own may`(
    url: String, isAllowed: Bool
  ) throws {
    for (allows, expected) in [(true, true), (false, isAllowed)] {
      let client = ProviderClient(
        fetcher: try Fetcher(log: .silent),
        settings: try ProviderSettings(["OPENAI_BASE_URL": "http://10.0.0.1/v1"]),
        allowsPrivateAddresses: allows, log: .silent)
      #expect(client.mayBePrivate(try FetchURL(url)) == expected)
    }
  }

  @Test func `an agent's private address is refused before anything is sent`() async throws {
    let upstream = try ScriptedUpstream(.response("{}"))
    let client = ProviderClient(
      fetcher: try Fetcher(log: .silent), settings: .none, allowsPrivateAddresses: false, log: .silent)
    await #expect(throws: ProviderError.self) {
      _ = try await client.stream(Self.call(upstream.url + "/v1"))
    }
    #expect(upstream.requests.isEmpty)
  }
}

struct PooledKeyTests {
  static let lists: [([String: String], [String])] = [
    (["OPENAI_API_KEY": "a"], ["a"]),
    (["OPENAI_API_KEY_1": "b", "OPENAI_API_KEY_2": "c", "OPENAI_API_KEY": "a"], ["a", "b", "c"]),
    (["OPENAI_API_KEYS": "a, b,,a ,c"], ["a", "b", "c"]),
    (["OPENAI_API_KEY": "x,y", "OPENAI_API_KEY_1": "y", "OPENAI_API_KEYS": "z\tx"], ["x", "y", "z"]),
    (["OPENAI_API_KEY_21": "no", "BYTEZ_API_KEY": "no"], []), (["OPENAI_API_KEY": " , "], []),
  ]

  @Test(arguments: lists)
  func `keys come from all their variables, in order, each once`(values: [String: String], keys: [String])
    throws
  {
    #expect(try ProviderSettings(values).keys("OPENAI_API_KEY") == keys)
  }

  @Test func `S003-32 every provider with keys in the environment can have a pool of them`() throws {
    for row in ProviderTable.rows {
      guard let source = row.keys else { continue }
      let keys = (1...25).map { "key-\($0)" }.joined(separator: ",")
      let gate = ProviderGate(settings: try ProviderSettings(["\(source.key)S": keys]), log: .silent)
      #expect(gate.keys.map(\.provider) == Array(repeating: row.name, count: KeyPoolMachine.capacity))
    }
  }

  @Test func `the environment's keys serve the environment's server only, and no agent with a key`() throws {
    let gate = ProviderGate(
      settings: try ProviderSettings(["OPENAI_BASE_URL": "http://a.example/v1", "OPENAI_API_KEY": "k"]),
      log: .silent)
    func key(_ base: String?, own: String? = nil) -> String? {
      var call = ProviderCall(provider: "openai", request: CompletionRequest(model: "m", turns: []))
      call.configuration.baseUrl = base
      call.configuration.apiKey = own
      guard case .pass(let pass) = gate.admit(call) else { return "blocked" }
      gate.leave(pass, .abandoned)
      return pass.secret
    }
    #expect(key(nil) == "k" && key("http://a.example/v2") == "k")
    #expect(
      key("http://b.example/v1") == nil && key("https://a.example/v1") == nil && key(nil, own: "o") == nil)
  }

  @Test func `fingerprints tell keys, providers and databases apart`() {
    let one = KeyFingerprint.of("key", provider: "openai", salt: "s")
    #expect(one.utf8.count == 32 && one == KeyFingerprint.of("key", provider: "openai", salt: "s"))
    let others = [
      KeyFingerprint.of("kez", provider: "openai", salt: "s"),
      KeyFingerprint.of("key", provider: "bytez", salt: "s"),
      KeyFingerprint.of("key", provider: "openai", salt: "t"),
    ]
    #expect(!others.contains(one))
  }
}
