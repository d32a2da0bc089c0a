import Basics
import Fetch
import Model
import Testing

@testable import Providers

/// What names a call's answer, and what does not.
struct DigestTests {
  private static func digest(
    _ change: (inout ProviderCall) -> Void = { _ in }, provider: String = "openai",
    config: JSONObject = ["apiKey": "k"], tenant: String = "default", settings: [String: String] = [:]
  ) throws -> String {
    let agent = Agent(
      id: Identifier("a"), name: "A", provider: provider, model: "m", config: config,
      createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
    var call = try ProviderCall(agent: agent, turns: [CompletionRequest.Turn(role: .user, text: "hi")])
    change(&call)
    return try #require(try ClientKit(settings).client.digest(of: call, tenant: tenant))
  }

  static let different: [(name: String, change: @Sendable (inout ProviderCall) -> Void)] = [
    ("model", { $0.request.model = "n" }), ("message", { $0.request.turns[0].parts = [.text("ho")] }),
    ("role", { $0.request.turns[0].role = .assistant }),
    ("turn", { $0.request.turns.append(CompletionRequest.Turn(role: .assistant, text: "x")) }),
    (
      "border of turns",
      {
        $0.request.turns = [
          CompletionRequest.Turn(role: .user, text: "h"), CompletionRequest.Turn(role: .user, text: "i"),
        ]
      }
    ),
    ("system", { $0.request.turns.insert(CompletionRequest.Turn(role: .system, text: "s"), at: 0) }),
    ("picture", { $0.request.turns[0].parts.append(MessagePart(.image(.url("https://h/x.png")))) }),
    ("tool", { $0.request.tools = [ToolDefinition(name: "f", parameters: [:])] }),
    ("tool's schema", { $0.request.tools = [ToolDefinition(name: "f", parameters: ["type": "object"])] }),
    (
      "choice",
      {
        $0.request.tools = [ToolDefinition(name: "f", parameters: [:])]
        $0.request.toolChoice = .required
      }
    ),
    (
      "parallel calls",
      {
        $0.request.tools = [ToolDefinition(name: "f", parameters: [:])]
        $0.request.allowsParallelCalls = false
      }
    ),
    ("format", { $0.request.format = .json }), ("effort", { $0.request.reasoningEffort = .low }),
    ("temperature", { $0.request.temperature = 0.5 }), ("maxTokens", { $0.request.maxTokens = 5 }),
    ("topP", { $0.request.topP = 0.5 }), ("frequency", { $0.request.frequencyPenalty = 1 }),
    ("presence", { $0.request.presencePenalty = 1 }), ("seed", { $0.request.seed = 1 }),
    ("stop", { $0.request.stop = ["x"] }), ("options", { $0.request.options = ["user": "u"] }),
    ("server", { $0.configuration.baseUrl = "https://other.example/v1" }),
    ("path", { $0.configuration.baseUrl = "https://api.openai.com/v2" }),
    ("headers", { $0.configuration.providerHeaders = ["OpenAI-Project": "p"] }),
    ("think tags", { $0.configuration.thinkTags = true }),
    ("dialect", { $0.provider = "anthropic" }),
  ]

  @Test func `all that determines an answer changes the digest, each in its own way`() throws {
    var seen = [try Self.digest(): "nothing"]
    for (name, change) in Self.different {
      let digest = try Self.digest(change)
      #expect(seen[digest] == nil, "\(name) is as good as \(seen[digest] ?? "")")
      seen[digest] = name
    }
    let tenant = try Self.digest(tenant: "other")
    #expect(seen[tenant] == nil)
  }

  static let same: [(name: String, change: @Sendable (inout ProviderCall) -> Void)] = [
    ("nothing", { _ in }), ("key", { $0.configuration.apiKey = "another" }),
    ("prefix", { $0.configuration.authPrefix = "Token" }), ("alias", { $0.provider = "openai-compatible" }),
    ("time-outs", { $0.configuration.timeouts.total = 5 }),
    ("fallbacks", { $0.configuration.fallbacks = [.init(provider: "ollama", model: "x")] }),
    ("cache", { $0.configuration.cache = AgentConfiguration.Cache() }),
    ("joining", { $0.configuration.joinsCalls = true }),
    ("the address that is meant anyway", { $0.configuration.baseUrl = "https://api.openai.com/v1" }),
  ]

  @Test func `what does not determine it changes nothing`() throws {
    let digest = try Self.digest()
    #expect(digest.count == 64)
    for (name, change) in Self.same { #expect(try Self.digest(change) == digest, "\(name)") }
    // The environment's key, another of the pool, and none at all.
    let keys = try Self.digest(config: [:], settings: ["OPENAI_API_KEYS": "one,two"])
    let none = try Self.digest(config: [:])
    #expect(keys == digest && none == digest)
  }

  @Test(arguments: ["openai", "anthropic", "gemini", "bytez", "bedrock", "ollama"])
  func `every dialect has digests that keys do not change`(provider: String) throws {
    let first = try Self.digest(provider: provider, config: ["apiKey": "first-key", "providerKey": "p"])
    let second = try Self.digest(provider: provider, config: ["apiKey": "second", "providerKey": "q"])
    #expect(first == second)
    #expect(try Self.digest({ $0.request.model = "n" }, provider: provider) != first)
    #expect(try Self.digest(provider: provider) == first || provider == "bytez")
  }

  @Test func `an agent that the hub answers itself has none, and one that cannot be asked says why`() throws {
    let kit = try ClientKit()
    let request = CompletionRequest(model: "m", turns: [])
    #expect(try kit.client.digest(of: ProviderCall(provider: "demo", request: request)) == nil)
    #expect(throws: ProviderError.self) {
      try kit.client.digest(of: ProviderCall(provider: "nobody", request: request))
    }
  }
}
