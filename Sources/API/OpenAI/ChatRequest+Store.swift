import Basics
import Model
import Pipelines
import Storage
import Wire

extension ChatRequest {
  /// The call as the hub makes it, of an agent that is there, in a conversation that is there.
  ///
  /// - Throws: `OpenAIFault`, what the store throws.
  func invocation(in store: some Transaction) throws -> Invocation {
    let agent = try store.model(called: model)
    if agent.isPipeline { try refuseTools(of: agent) }
    try refuseTaken(of: agent)
    var invocation = invocation(of: agent)
    if let conversation, try store.conversations.get(conversation) == nil {
      throw OpenAIFault(
        "There is no conversation \(conversation.text.prefix(100)).", status: 404,
        param: "metadata.conversation",
        code: "conversation_not_found")
    }
    if transcript.messages.last?.role == .tool {
      let before = try earlier(in: store)
      invocation.parts = try invocation.parts.map { try Self.answering($0, in: before) }
    }
    return invocation
  }

  /// The calls that results may answer: those of the request itself, or of the stored conversation.
  private func earlier(in store: some Transaction) throws -> [ToolCall] {
    guard let conversation else { return transcript.messages.flatMap(\.parts.toolCalls) }
    let path = try store.branches.selectedPath(of: conversation)
    let said = try store.messages.said(in: conversation, on: path, limit: 50)
    return said.flatMap { [MessagePart](json: $0.parts).toolCalls }
  }

  /// A result with the name of its call, which some providers want again.
  private static func answering(_ part: MessagePart, in calls: [ToolCall]) throws(OpenAIFault) -> MessagePart
  {
    guard case .toolResult(var result) = part.content else { return part }
    guard let call = calls.last(where: { $0.id == result.call }) else {
      throw OpenAIFault(
        "There is no tool call '\(result.call.prefix(100))' that the message of role 'tool' could answer.",
        param: "messages", code: "invalid_value")
    }
    result.name = call.name
    return MessagePart(.toolResult(result))
  }

  /// A pipeline's steps decide which tools they call.
  private func refuseTools(of agent: Agent) throws(OpenAIFault) {
    guard !overrides.tools.isEmpty || transcript.messages.last?.role == .tool else { return }
    throw OpenAIFault(
      "'\(agent.id)' is a pipeline, whose steps call the hub's own tools; it takes none of its caller.",
      param: "tools", code: "unsupported_parameter")
  }

  /// Two tools of one name would be one to the model.
  private func refuseTaken(of agent: Agent) throws(OpenAIFault) {
    let own = (try? AgentConfiguration(agent.config))?.tools.map(\.name) ?? []
    guard let index = overrides.tools.firstIndex(where: { own.contains($0.name) }) else { return }
    throw OpenAIFault(
      "The model '\(agent.id)' has a tool '\(overrides.tools[index].name)' of its own, which the hub calls.",
      param: "tools[\(index)].function.name", code: "invalid_value")
  }
}
