import Basics
import Fetch
import Model

@testable import Providers

/// Requests as codecs write them.
enum RequestKit {
  /// A conversation with everything in it that a conversation can hold.
  ///
  /// - Parameters:
  ///   - provider: who wrote the assistant's parts, by its name in the table.
  ///   - model: the model that wrote them.
  ///   - data: what its parts must go back with: reasoning's, the call's, the text's.
  static func turns(
    by provider: String, _ model: String, reasoning: JSONObject = [:], call: JSONObject? = nil,
    text: JSONObject? = nil
  ) -> [CompletionRequest.Turn] {
    func replay(_ data: JSONObject?) -> ReplayState? {
      data.map { ReplayState(provider: provider, model: model, data: $0) }
    }
    return [
      CompletionRequest.Turn(role: .system, text: "Be brief."),
      CompletionRequest.Turn(
        role: .user,
        parts: [.text("Weather?"), MessagePart(.image(.data(mediaType: "image/png", base64: "QUJD")))]),
      CompletionRequest.Turn(
        role: .assistant,
        parts: [
          MessagePart(.reasoning("hm"), replay: replay(reasoning)),
          MessagePart(.text("Let me look."), replay: replay(text)),
          MessagePart(
            .toolCall(ToolCall(id: "c1", name: "weather", arguments: #"{"city": "Rome"}"#)),
            replay: replay(call)
          ),
          MessagePart(.toolCall(ToolCall(id: "c2", name: "time", arguments: "{oops", isValid: false))),
        ]),
      CompletionRequest.Turn(
        role: .tool,
        parts: [
          MessagePart(.toolResult(ToolResult(call: "c1", name: "weather", parts: [.text("21 C")]))),
          MessagePart(
            .toolResult(ToolResult(call: "c2", name: "time", parts: [.text("bad")], isError: true))),
        ]),
      CompletionRequest.Turn(role: .user, text: "And?"),
    ]
  }

  static let tool = ToolDefinition(
    name: "weather", description: "d", parameters: ["type": "object"], isStrict: true)

  /// A request with every setting.
  static func everything(_ model: String) -> CompletionRequest {
    var request = CompletionRequest(
      model: model, turns: [CompletionRequest.Turn(role: .user, text: "Hi")], temperature: 0.5, maxTokens: 9,
      topP: 1, stop: ["END"])
    request.tools = [tool]
    request.toolChoice = .required
    request.allowsParallelCalls = false
    request.format = .schema(AnswerSchema(name: "n", schema: ["type": "object"], isStrict: true))
    request.topK = 40
    request.frequencyPenalty = 0.25
    request.presencePenalty = -1
    request.seed = 7
    return request
  }

  static func encode(
    _ request: CompletionRequest, _ provider: String, _ config: JSONObject = [:],
    settings: [String: String] = [:]
  ) throws -> FetchRequest {
    let call = ProviderCall(
      provider: provider, request: request, configuration: try AgentConfiguration(config))
    guard case .http(let codec) = ProviderTable.row(named: provider)?.access else {
      throw ProviderError(.unknownProvider, "", provider: "")
    }
    return try codec.encode(call, settings: try ProviderSettings(settings)).request
  }

  static func body(
    _ request: CompletionRequest, _ provider: String, _ config: JSONObject = [:],
    settings: [String: String] = [:]
  ) throws -> String {
    String(decoding: try encode(request, provider, config, settings: settings).body, as: UTF8.self)
  }

  static func member(_ name: String, of body: String) throws -> String? { try JSON.parse(body)[name]?.text }
}

extension FetchRequest {
  /// The first field of a name.
  func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
