package import Basics
package import Model

/// A request to let an agent answer a message.
package struct Invocation: Sendable {
  package var agent: Identifier<Agent>
  package var text: String
  /// Pictures that go with the text.
  package var images: [ImageSource] = []
  /// The message in its parts, where it is more than a text and pictures behind it: pictures between words, or what tools of the caller's
  /// own have answered. Its words are the text.
  package var parts: [MessagePart] = []
  /// The conversation to continue; unknown or nil starts a new one.
  package var conversation: Identifier<Conversation>?
  package var onBusy = BusyPolicy.enqueue
  /// What it wants of the answers that its agent keeps.
  package var cache = CacheUse.use
  /// What goes along beside the message, for a pipeline's steps and for tools.
  package var parameters: JSONObject = [:]
  /// How it wants its agent, or the agent that writes a pipeline's answer.
  package var overrides = AgentOverrides()
  /// What was said before, oldest first, in a conversation that begins with this call; one that is continued has its own past.
  package var earlier: [GivenMessage] = []
  /// Whether the conversation's newest message is the question if it says the same: pages may store it themselves just before they ask.
  package var takesUpQuestion = false
  /// The client's idempotency key: the same key gives the same run.
  package var key: String?
  /// For what the key is good: one may be used for several kinds of requests.
  package var keyScope = "invoke"

  package init(agent: Identifier<Agent>, text: String) {
    self.agent = agent
    self.text = text
  }

  /// What must be equal for a key to mean the same request.
  var fingerprint: String {
    let pictures = images.map { MessagePart(.image($0)).json.text }
    var wish = cache == .use ? [] : ["cache \(cache.rawValue)"]
    if !parameters.isEmpty { wish.append("parameters \(JSON.object(parameters).text)") }
    if !overrides.isEmpty { wish.append("overrides \(overrides.json.text)") }
    wish += earlier.map { "\($0.role.rawValue) \($0.parts.json.text)" }
    if !parts.isEmpty { wish.append("parts \(parts.json.text)") }
    return KeyClaim.fingerprint(of: [agent.text, conversation?.text ?? "", text] + pictures + wish)
  }

  /// The key with what it is good for.
  var claim: KeyClaim? { key.map { KeyClaim(key: $0, scope: keyScope, fingerprint: fingerprint) } }

  /// UTF-8 bytes of the message.
  var size: Int {
    let given = parameters.isEmpty ? 0 : JSON.object(parameters).bytes.count
    let wanted = overrides.isEmpty ? 0 : overrides.json.bytes.count
    let said = parts.isEmpty ? images.reduce(text.utf8.count) { $0 + $1.size } : question.size
    return said + given + wanted
  }

  /// What is to be answered.
  var question: GivenMessage {
    if parts.isEmpty {
      return GivenMessage(role: .user, parts: [.text(text)] + images.map { MessagePart(.image($0)) })
    }
    let areResults = parts.contains { if case .toolResult = $0.content { true } else { false } }
    return GivenMessage(role: areResults ? .tool : .user, parts: parts)
  }

  /// The words that a new conversation is named after: the first that a person says.
  var firstWords: String { earlier.first { $0.role == .user }?.text ?? text }
}

/// What happens to a message for a conversation whose last run still works.
package enum BusyPolicy: String, Sendable, CaseIterable {
  /// It waits for its turn.
  case enqueue
  /// It is refused.
  case reject
  /// The run that works is stopped.
  case interrupt

  /// The policies as an error message lists them.
  package static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Why a run could not be started, found or stopped.
package struct RunError: CodedError, Equatable {
  package let code: String
  package let message: String
  package let hint: String?
  package var retryAfterMilliseconds: Int?

  /// No agent has the id; the words are those of the Agent Nexus contract.
  package static func agentNotFound(_ id: Identifier<Agent>) -> Self {
    Self(
      code: "agent_not_found", message: "Agent not found",
      hint: "There is no agent \(id); GET /api/agents lists those there are.")
  }

  /// The agent takes no work.
  package static func agentPaused(_ name: String) -> Self {
    Self(
      code: "agent_paused", message: "Agent \(name) is paused.", hint: "PATCH its status to \"active\" first."
    )
  }

  /// No run has the id.
  package static func runNotFound(_ id: Identifier<Run>) -> Self {
    Self(
      code: "run_not_found", message: "There is no run \(id).", hint: "GET /api/runs lists those there are.")
  }

  /// A message is longer than one event may carry.
  package static let messageTooLong = Self(
    code: "message_too_long", message: "The message is longer than \(RunMachine.maximumText) bytes.",
    hint: "Send less text, or split it; send smaller images, or where they are.")

  /// A run works and the caller did not want to wait.
  package static let conversationBusy = Self(
    code: "conversation_busy", message: "A run of this conversation is still working.",
    hint: "Wait for it, stop it, or send onBusy \"enqueue\" or \"interrupt\".")

  /// An idempotency key came with two different requests.
  package static let keyReused = Self(
    code: "idempotency_key_reused", message: "This Idempotency-Key came with another request before.",
    hint: "Use a fresh key for every new request.")

  /// The hub takes no more runs.
  package static let draining = Self(
    code: "draining", message: "The hub is shutting down.", hint: "Try again in a few seconds.",
    retryAfterMilliseconds: 1000)
}
