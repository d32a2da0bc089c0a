package import Basics

/// The members of an agent's `config` that mean something, checked. Others are kept with the agent and ignored.
package struct AgentConfiguration: Equatable, Sendable {
  /// Seconds; nil leaves the default.
  package struct Timeouts: Equatable, Sendable {
    package var connect: Double?
    package var firstByte: Double?
    package var idle: Double?
    package var total: Double?

    /// The members that mean something.
    package static let names = ["connect", "firstByte", "idle", "total"]

    package init() {}
  }

  /// Another provider and model that answer when the agent's own do not.
  package struct Fallback: Equatable, Sendable {
    package var provider: String
    package var model: String
    package var baseUrl: String?
    /// A secret: never shown.
    package var apiKey: String?

    /// The members that mean something.
    package static let names = ["provider", "model", "baseUrl", "apiKey"]

    package init(provider: String, model: String) {
      self.provider = provider
      self.model = model
    }
  }

  /// That answers are kept for equal questions.
  package struct Cache: Equatable, Sendable {
    /// How long an answer may be given again.
    package var seconds = 86_400

    /// The members that mean something.
    package static let names = ["ttlSeconds"]

    package init() {}
  }

  /// Where the provider's API begins, instead of the provider's own or the environment's.
  package var baseUrl: String?
  /// The key for it, instead of the environment's. A secret: never shown.
  package var apiKey: String?
  /// What stands before the key in `Authorization`, `Bearer` unless the provider has another; empty for the bare key.
  package var authPrefix: String?
  /// The key of the vendor behind a gateway (Bytez's `provider-key`). A secret: never shown.
  package var providerKey: String?
  /// Where in the provider's cloud the model runs (AWS).
  package var region: String?
  package var systemPrompt: String?
  /// 0 to 2.
  package var temperature: Double?
  /// The most tokens an answer may have.
  package var maxTokens: Int?
  /// Above 0, at most 1.
  package var topP: Double?
  /// Tokens that each choice is made from at most.
  package var topK: Int?
  /// -2 to 2.
  package var frequencyPenalty: Double?
  /// -2 to 2.
  package var presencePenalty: Double?
  /// Makes answers repeatable, as far as the provider can.
  package var seed: Int?
  /// Texts that end an answer; one to four.
  package var stop: [String] = []
  package var reasoningEffort: ReasoningEffort?
  /// What the answer's text must be; nil for anything.
  package var responseFormat: AnswerFormat?
  /// Members that go into the provider's request as they are, in its own words; they win over the hub's.
  package var providerOptions: JSONObject?
  /// Fields that go into the head of the provider's request; they win over the hub's. Never a key.
  package var providerHeaders: [String: String] = [:]
  /// Whether a compatible server is asked to count tokens; by default only those known to take the question are.
  package var streamUsage: Bool?
  /// Whether `<think>…</think>` at the beginning of an answer is reasoning, for servers that do not tell the two apart.
  package var thinkTags: Bool?
  /// Whether the answer shall come in pieces; false for models of Bedrock that can only give it whole.
  package var stream: Bool?
  package var timeouts = Timeouts()
  /// Who is asked when the agent's own provider gives no answer, in order; at most four.
  package var fallbacks: [Fallback] = []
  /// The tools that the agent's model may call; at most 64.
  package var tools: [ToolGrant] = []
  /// How often the model may ask for tools before it must answer.
  package var maxToolRounds = AgentConfiguration.standardToolRounds
  /// Messages of the conversation in a prompt at most, the one that is answered among them; nil for the newest 200.
  package var maxHistory: Int?
  /// Whether answers are kept; nil for not at all.
  package var cache: Cache?
  /// Whether equal calls at the same time become one; nil when those do whose answers are kept.
  package var joinsCalls: Bool?
  /// The demo provider's time between two pieces.
  package var paceMilliseconds: Int?

  /// Rounds of tools of an agent that says nothing about them.
  package static let standardToolRounds = 8
  /// Rounds of tools that an agent may ask for.
  package static let toolRounds: ClosedRange<Int64> = 1...64

  /// The members that mean something.
  package static let names = [
    "baseUrl", "apiKey", "authPrefix", "providerKey", "region", "systemPrompt", "temperature", "maxTokens",
    "topP",
    "topK", "frequencyPenalty", "presencePenalty", "seed", "stop", "reasoningEffort", "responseFormat",
    "providerOptions", "providerHeaders", "streamUsage", "thinkTags", "stream", "timeouts", "fallbacks",
    "tools", "maxToolRounds", "maxHistory", "cache", "joinCalls", "paceMilliseconds", "pipeline",
  ]

  /// Those that are meant for the agent's own provider, and that no other one should get.
  package static let namesOfProvider = [
    "baseUrl", "apiKey", "authPrefix", "providerKey", "region", "providerOptions", "providerHeaders",
    "streamUsage",
  ]

  package init() {}

  /// Reads an agent's `config`; nil and null members count as not given.
  ///
  /// - Throws: `invalid_config`, naming the first wrong member.
  package init(_ config: JSONObject?) throws(AgentConfigurationError) {
    guard let config else { return }
    let reader = ConfigurationReader(object: config, path: "config")
    baseUrl = try reader.url("baseUrl")
    apiKey = try reader.secret("apiKey")
    authPrefix = try reader.word("authPrefix")
    providerKey = try reader.secret("providerKey")
    region = try reader.word("region")
    systemPrompt = try reader.text("systemPrompt")
    temperature = try reader.number("temperature", from: 0, to: 2)
    maxTokens = try reader.integer("maxTokens", from: 1, to: 10_000_000)
    topP = try reader.number("topP", from: 0, to: 1)
    topK = try reader.integer("topK", from: 1, to: 1_000_000)
    frequencyPenalty = try reader.number("frequencyPenalty", from: -2, to: 2)
    presencePenalty = try reader.number("presencePenalty", from: -2, to: 2)
    seed = try reader.integer("seed", from: .min, to: .max)
    stop = try reader.stop("stop")
    reasoningEffort = try reader.effort("reasoningEffort")
    responseFormat = try reader.format("responseFormat")
    providerOptions = try reader.object("providerOptions")
    providerHeaders = try reader.headers("providerHeaders")
    streamUsage = try reader.bool("streamUsage")
    thinkTags = try reader.bool("thinkTags")
    stream = try reader.bool("stream")
    cache = try reader.cache("cache")
    joinsCalls = try reader.bool("joinCalls")
    paceMilliseconds = try reader.integer("paceMilliseconds", from: 0, to: 1000)
    tools = try reader.tools("tools")
    maxToolRounds =
      try reader.integer(
        "maxToolRounds", from: Self.toolRounds.lowerBound, to: Self.toolRounds.upperBound)
      ?? Self.standardToolRounds
    maxHistory = try reader.integer("maxHistory", from: 1, to: 200)
    timeouts = try Timeouts(reader.object("timeouts"))
    fallbacks = try reader.objects("fallbacks", atMost: 4).map { fallback throws(AgentConfigurationError) in
      try Fallback(fallback)
    }
  }
}

extension AgentConfiguration.Fallback {
  /// Reads one element of `config.fallbacks`.
  fileprivate init(_ reader: ConfigurationReader) throws(AgentConfigurationError) {
    self.init(provider: try reader.name("provider"), model: try reader.name("model"))
    baseUrl = try reader.url("baseUrl")
    apiKey = try reader.secret("apiKey")
  }
}

extension AgentConfiguration.Timeouts {
  /// Reads seconds from `config.timeouts`.
  fileprivate init(_ object: JSONObject?) throws(AgentConfigurationError) {
    guard let object else { return }
    let reader = ConfigurationReader(object: object, path: "config.timeouts")
    connect = try reader.number("connect", from: 0.001, to: 86_400)
    firstByte = try reader.number("firstByte", from: 0.001, to: 86_400)
    idle = try reader.number("idle", from: 0.001, to: 86_400)
    total = try reader.number("total", from: 0.001, to: 86_400)
  }
}

/// A member of an agent's `config` that cannot be used.
package struct AgentConfigurationError: CodedError, Equatable {
  /// Where the member stands, `config.timeouts.idle` for example.
  package let field: String
  /// What it must be.
  package let expected: String

  package var code: String { "invalid_config" }
  package var message: String { "\(field) must be \(expected)." }
  package var hint: String? { nil }
}

/// Reads typed members of one object and names what is wrong.
private struct ConfigurationReader {
  let object: JSONObject
  let path: String

  func number(_ name: String, from low: Double, to high: Double) throws(AgentConfigurationError) -> Double? {
    guard let value = member(name) else { return nil }
    guard let number = value.number, number >= low, number <= high else {
      throw fault(name, "a number from \(Self.plain(low)) to \(Self.plain(high))")
    }
    return number
  }

  func integer(_ name: String, from low: Int64, to high: Int64) throws(AgentConfigurationError) -> Int? {
    guard let value = member(name) else { return nil }
    guard let integer = value.integer, (low...high).contains(integer) else {
      throw fault(name, "a whole number from \(low) to \(high)")
    }
    return Int(integer)
  }

  func text(_ name: String) throws(AgentConfigurationError) -> String? {
    guard let value = member(name) else { return nil }
    guard let text = value.string else { throw fault(name, "a string") }
    return text
  }

  func bool(_ name: String) throws(AgentConfigurationError) -> Bool? {
    guard let value = member(name) else { return nil }
    guard let bool = value.bool else { throw fault(name, "true or false") }
    return bool
  }

  /// One word that goes into a header field; may be empty.
  func word(_ name: String) throws(AgentConfigurationError) -> String? {
    guard let text = try text(name) else { return nil }
    guard Self.isVisible(text) else { throw fault(name, "a word without blanks") }
    return text
  }

  /// A key goes into a header field, so blanks and controls are mistakes of copying. Empty counts as not given.
  func secret(_ name: String) throws(AgentConfigurationError) -> String? {
    guard let text = try text(name), !text.isEmpty else { return nil }
    guard Self.isVisible(text) else {
      throw fault(name, "a key without blanks and line breaks")
    }
    return text
  }

  func url(_ name: String) throws(AgentConfigurationError) -> String? {
    guard let text = try text(name), !text.isEmpty else { return nil }
    let isWeb = text.hasPrefix("http://") || text.hasPrefix("https://")
    guard isWeb, Self.isVisible(text) else {
      throw fault(name, "a URL that begins with http:// or https://")
    }
    return text
  }

  /// One text or up to four.
  func stop(_ name: String) throws(AgentConfigurationError) -> [String] {
    guard let value = member(name) else { return [] }
    let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    let isWhole = value.array.map { $0.count == texts.count } ?? (value.string != nil)
    guard isWhole, texts.count <= 4, texts.allSatisfy({ !$0.isEmpty }) else {
      throw fault(name, "a string, or an array of at most 4 strings, none of them empty")
    }
    return texts
  }

  /// `true`, or an object that says for how long.
  func cache(_ name: String) throws(AgentConfigurationError) -> AgentConfiguration.Cache? {
    guard let value = member(name) else { return nil }
    if let isOn = value.bool { return isOn ? AgentConfiguration.Cache() : nil }
    guard let object = value.object else {
      throw fault(name, "true, false, or an object like {\"ttlSeconds\":3600}")
    }
    var cache = AgentConfiguration.Cache()
    let reader = ConfigurationReader(object: object, path: "\(path).\(name)")
    cache.seconds = try reader.integer("ttlSeconds", from: 1, to: 31_536_000) ?? cache.seconds
    return cache
  }

  func effort(_ name: String) throws(AgentConfigurationError) -> ReasoningEffort? {
    guard let text = try text(name) else { return nil }
    guard let effort = ReasoningEffort(rawValue: text) else {
      throw fault(name, "one of \(ReasoningEffort.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return effort
  }

  /// `"text"`, `"json"`, or `{"name","schema"}` with `description` and `strict` if you like.
  func format(_ name: String) throws(AgentConfigurationError) -> AnswerFormat? {
    guard let value = member(name), value != "text" else { return nil }
    if value == "json" { return .json }
    guard let schema = value["schema"], schema.object != nil, let title = value["name"]?.string,
      Self.isToolName(title)
    else {
      throw fault(
        name,
        "\"text\", \"json\", or an object with a name (letters, digits, _ and -, at most 64) and a schema")
    }
    return .schema(
      AnswerSchema(
        name: title, description: value["description"]?.string, schema: schema,
        isStrict: value["strict"]?.bool))
  }

  private static func isToolName(_ text: String) -> Bool { ToolDefinition.isName(text) }

  /// Fields of a head. Those that frame a request are the hub's, and those that hold a key have their own members, which are masked.
  func headers(_ name: String) throws(AgentConfigurationError) -> [String: String] {
    guard let object = try object(name) else { return [:] }
    let taken: Set<String> = [
      "host", "content-length", "content-type", "transfer-encoding", "connection", "expect", "authorization",
      "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key", "provider-key",
    ]
    var headers: [String: String] = [:]
    for member in object.members {
      let isName = !member.name.isEmpty && member.name.utf8.allSatisfy(ToolDefinition.isNameByte)
      guard isName, !taken.contains(member.name.lowercased()), let value = member.value.string,
        value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
      else {
        throw fault(
          name, "an object of names and texts; \"\(member.name)\" cannot be set (keys belong in apiKey)")
      }
      headers[member.name] = value
    }
    return headers
  }

  /// Names, or objects with a name and more. The same tool twice would be two tools of one name to the model.
  func tools(_ name: String) throws(AgentConfigurationError) -> [ToolGrant] {
    guard let value = member(name) else { return [] }
    guard let elements = value.array, elements.count <= 64 else {
      throw fault(name, "an array of at most 64 names of tools")
    }
    var grants: [ToolGrant] = []
    for (index, element) in elements.enumerated() {
      let object: JSONObject = element.string.map { ["name": .string($0)] } ?? element.object ?? [:]
      let grant = try ConfigurationReader(object: object, path: "\(path).\(name)[\(index)]").grant()
      guard !grants.contains(where: { $0.name == grant.name }) else {
        throw fault("\(name)[\(index)]", "another tool than those before it")
      }
      grants.append(grant)
    }
    return grants
  }

  private func grant() throws(AgentConfigurationError) -> ToolGrant {
    guard let title = object["name"]?.string, Self.isToolName(title) else {
      throw fault("name", "the name of a tool (letters, digits, _ and -, at most 64)")
    }
    var grant = ToolGrant(name: title, settings: try object("settings") ?? [:])
    if let text = try text("approval") {
      guard let approval = ToolApproval(rawValue: text) else {
        throw fault("approval", "one of \(ToolApproval.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      grant.approval = approval
    }
    return grant
  }

  func object(_ name: String) throws(AgentConfigurationError) -> JSONObject? {
    guard let value = member(name) else { return nil }
    guard let object = value.object else { throw fault(name, "an object") }
    return object
  }

  /// A text that must be there.
  func name(_ name: String) throws(AgentConfigurationError) -> String {
    guard let text = try text(name), !text.isEmpty else { throw fault(name, "a string that is not empty") }
    return text
  }

  /// Readers of the elements of an array of objects; none when it is missing.
  func objects(_ name: String, atMost limit: Int) throws(AgentConfigurationError) -> [ConfigurationReader] {
    guard let value = member(name) else { return [] }
    let objects = value.array?.compactMap(\.object) ?? []
    guard let array = value.array, array.count == objects.count, array.count <= limit else {
      throw fault(name, "an array of at most \(limit) objects")
    }
    return objects.enumerated().map { ConfigurationReader(object: $1, path: "\(path).\(name)[\($0)]") }
  }

  private func member(_ name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  private func fault(_ name: String, _ expected: String) -> AgentConfigurationError {
    AgentConfigurationError(field: "\(path).\(name)", expected: expected)
  }

  private static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } }

  private static func plain(_ number: Double) -> String {
    Int64(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}
