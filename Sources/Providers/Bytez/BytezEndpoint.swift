import Basics
import Fetch
import Model

/// One of Bytez's two APIs, and its requests.
struct BytezEndpoint {
  static let nativeVariant = "native"

  private let base: FetchURL
  private let key: String
  private let configuration: AgentConfiguration
  private let timeouts: FetchTimeouts

  init(_ base: FetchURL, key: String, configuration: AgentConfiguration, timeouts: FetchTimeouts) {
    self.base = base
    self.key = key
    self.configuration = configuration
    self.timeouts = timeouts
  }

  /// Whether the address is the API of its own, which the gateway's lies below: `…/models/v2` and `…/models/v2/openai/v1`.
  var isNative: Bool {
    let path = base.text.hasSuffix("/") ? String(base.text.dropLast()) : base.text
    return path.hasSuffix("/models/v2")
  }

  /// The gateway cuts answers at 256 tokens unless told otherwise, so a limit always goes along.
  func gateway(_ completion: CompletionRequest) -> FetchRequest {
    var server = ChatServerTable.server(at: base)
    server.defaultLimit = 4096
    server.asksForUsage = configuration.streamUsage ?? false
    var endpoint = ChatCompletionsEndpoint(base: base, server: server, timeouts: timeouts)
    endpoint.fields = fields(prefix: "Bearer")
    return endpoint.request(completion, provider: "bytez")
  }

  /// A chat over the API of its own, which answers with bare text.
  func native(_ completion: CompletionRequest) -> FetchRequest {
    var body: JSONObject = ["messages": .array(completion.turns.map(Self.message)), "stream": true]
    var parameters: JSONObject = ["max_new_tokens": .integer(Int64(completion.maxTokens ?? 4096))]
    parameters.set("temperature", completion.temperature)
    parameters.set("top_p", completion.topP)
    parameters.set("top_k", completion.topK)
    body["params"] = .object(parameters)
    return post(model: completion.model, body: completion.bytes(of: body))
  }

  /// A request for what a model of its own does; its name is the path.
  func post(model: String, body: [UInt8]) -> FetchRequest {
    FetchRequest(
      url: base.appending(path: PercentEncoding.path(model)),
      fields: [("Content-Type", "application/json")] + fields(prefix: "Key"), body: body, timeouts: timeouts,
      allowsPlainHTTP: base.host != "api.bytez.com")
  }

  private func fields(prefix: String) -> [(name: String, value: String)] {
    var fields = [
      (name: "Authorization", value: Authorization.value(configuration.authPrefix ?? prefix, key))
    ]
    // The key of the vendor behind it.
    if let vendor = configuration.providerKey { fields.append(("provider-key", vendor)) }
    return fields
  }

  /// It knows no tools: what they were asked and answered is told as text.
  private static func message(_ turn: CompletionRequest.Turn) -> JSON {
    let role = turn.role == .tool ? "user" : turn.role.rawValue
    let images = turn.parts.compactMap { part -> JSON? in
      switch part.content {
      case .image(.url(let url)): ["type": "image", "url": .string(url)]
      case .image(.data(_, let base64)): ["type": "image", "base64": .string(base64)]
      default: nil
      }
    }
    let text = turn.parts.map(\.plainText).joined()
    guard !images.isEmpty else { return ["role": .string(role), "content": .string(text)] }
    let words: JSON = ["type": "text", "text": .string(text)]
    return ["role": .string(role), "content": .array([words] + images)]
  }
}

extension MessagePart {
  fileprivate var plainText: String {
    switch content {
    case .text(let text), .refusal(let text): text
    case .toolCall(let call): "[\(call.name) \(call.arguments)]"
    case .toolResult(let result): result.text
    case .reasoning, .image, .foreign: ""
    }
  }
}
