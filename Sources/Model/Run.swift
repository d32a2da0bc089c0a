package import Basics

/// One answer in the making: an agent at a fixed version works on one message of a conversation.
package struct Run: Equatable, Sendable {
  /// Where a run stands; the last four are final.
  package enum Status: String, Sendable, CaseIterable {
    case queued, running, waiting, completed, failed, stopped, interrupted

    /// Whether nothing more will happen to the run.
    package var isFinal: Bool {
      switch self {
      case .queued, .running, .waiting: false
      case .completed, .failed, .stopped, .interrupted: true
      }
    }
  }

  package var id: Identifier<Run>
  package var conversation: Identifier<Conversation>
  package var agent: Identifier<Agent>
  package var agentName: String
  package var agentVersion: Int
  package var status: Status
  /// The pipeline's run that this one is a part of, at whatever depth; nil for runs that somebody asked for.
  package var parentRun: Identifier<Run>?
  /// The step of it; of a pipeline inside a pipeline the ids of both, with a dot between.
  package var step: String?
  /// The user's message the run answers.
  package var input: Identifier<Message>
  /// The message that holds the answer. Every round of tools gives its place to a message of its own, and the answer that comes then
  /// to another.
  package var output: Identifier<Message>
  /// The branch of its conversation in which it answers; nil for the trunk.
  package var branch: Int?
  package var createdAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  /// The tokens of all its calls, as far as told.
  package var usage: Usage?
  /// What its calls cost together; nil unless the cost of each is known.
  package var cost: Cost?
  package var error: RunFailure?
  /// Whether answers that are kept may be given; agents that keep none are not concerned.
  package var cache = CacheUse.use
  /// What the caller gave beside the message, for a pipeline's steps and for tools.
  package var parameters: JSONObject = [:]
  private var givenOverrides: Boxed<AgentOverrides>?
  /// How the caller wants the agent, or the agent that writes a pipeline's answer.
  package var overrides: AgentOverrides {
    get { givenOverrides?.wrappedValue ?? AgentOverrides() }
    set { givenOverrides = newValue.isEmpty ? nil : Boxed(wrappedValue: newValue) }
  }

  package init(
    id: Identifier<Run>, conversation: Identifier<Conversation>, agent: Identifier<Agent>, agentName: String,
    agentVersion: Int, status: Status = .queued, parentRun: Identifier<Run>? = nil,
    input: Identifier<Message>,
    output: Identifier<Message>, createdAt: Timestamp, startedAt: Timestamp? = nil,
    finishedAt: Timestamp? = nil,
    usage: Usage? = nil, cost: Cost? = nil, error: RunFailure? = nil
  ) {
    self.id = id
    self.conversation = conversation
    self.agent = agent
    self.agentName = agentName
    self.agentVersion = agentVersion
    self.status = status
    self.parentRun = parentRun
    self.input = input
    self.output = output
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.usage = usage
    self.cost = cost
    self.error = error
  }
}

extension Run {
  /// The agent as events name it.
  package var agentReference: AgentReference { AgentReference(id: agent, name: agentName) }
}

/// Why a run failed, in words a person can act on; never holds a key.
package struct RunFailure: Equatable, Sendable {
  package var code: String
  package var message: String
  package var hint: String?
  /// The code of what led to it, where that is another: why all keys rest, for instance.
  package var cause: String?
  /// After how many milliseconds the same may be tried again with hope; nil when nobody knows, or that would change nothing.
  package var retryAfterMilliseconds: Int?

  package init(
    code: String, message: String, hint: String? = nil, cause: String? = nil,
    retryAfterMilliseconds: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.cause = cause
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }

  /// The hub stopped, in order or not, while the run was working.
  package static let interrupted = RunFailure(
    code: "interrupted", message: "The hub stopped while the run was working.",
    hint: "Send the message again.")

  /// What went wrong and what to try, as sentences for a place that shows one text.
  package var advice: String {
    guard let hint else { return message }
    let isSentence = message.last.map { ".!?".contains($0) } ?? true
    return "\(message)\(isSentence ? "" : ".") \(hint)"
  }

  /// The failure as an object.
  package var json: JSON {
    var object: JSONObject = ["code": .string(code), "message": .string(message)]
    object["hint"] = hint.map { .string($0) }
    object["cause"] = cause.map { .string($0) }
    object["retryAfterMs"] = retryAfterMilliseconds.map { .integer(Int64($0)) }
    return .object(object)
  }

  /// Reads what `json` wrote, or nil when a member is missing.
  package init?(json: JSON) {
    guard let code = json["code"]?.string, let message = json["message"]?.string else { return nil }
    self.init(
      code: code, message: message, hint: json["hint"]?.string, cause: json["cause"]?.string,
      retryAfterMilliseconds: json["retryAfterMs"]?.integer.map { Int($0) })
  }
}

/// What a request wants of the answers that its agent keeps.
package enum CacheUse: String, Sendable, CaseIterable {
  /// One that is kept will do, and a new one is kept.
  case use
  /// The provider is asked, and its answer takes the place of the one that is kept.
  case refresh
  /// The provider is asked, and nothing is kept.
  case off
}
