package import Basics

/// What an event says beside who and where.
package enum EventBody: Equatable, Sendable {
  case messageCreated(MessageCreated)
  case messageDelta(MessageDelta)
  case messageCompleted(MessageCompleted)
  /// A run changed its state; usage, cost and error come with the states that end it.
  case run(Run.Status, usage: Usage?, cost: Cost? = nil, error: RunFailure?)
  /// Types whose members nothing in the code looks into.
  case other(EventType, JSONObject)

  /// What kind of event has this body.
  package var type: EventType {
    switch self {
    case .messageCreated: .messageCreated
    case .messageDelta: .messageDelta
    case .messageCompleted: .messageCompleted
    case .run(let status, _, _, _): Self.type(ofRun: status)
    case .other(let type, _): type
    }
  }

  private static func type(ofRun status: Run.Status) -> EventType {
    switch status {
    case .queued: .runQueued
    case .running: .runStarted
    case .waiting: .runWaiting
    case .completed: .runCompleted
    case .failed: .runFailed
    case .stopped: .runStopped
    case .interrupted: .runInterrupted
    }
  }
}

/// A whole message that stands at once: a user's, or a tool's.
package struct MessageCreated: Equatable, Sendable {
  package var role: Message.Role
  package var messageType: Message.Kind
  package var text: String
  package var parent: Identifier<Message>?
  package var parts: JSON?
  /// The branch of its conversation; nil for the trunk.
  package var branch: Int?

  package init(
    role: Message.Role, messageType: Message.Kind = .message, text: String,
    parent: Identifier<Message>? = nil,
    parts: JSON? = nil, branch: Int? = nil
  ) {
    self.role = role
    self.messageType = messageType
    self.text = text
    self.parent = parent
    self.parts = parts
    self.branch = branch
  }
}

/// A piece of a message that is being written.
package struct MessageDelta: Equatable, Sendable {
  /// `final` is the answer, `thought` is visible reasoning, `step` is what a pipeline's step says on the way to the answer; each counts
  /// its own positions.
  package enum Channel: String, Sendable {
    case final, thought, step
  }

  package var channel: Channel
  /// Where the text begins in its channel, in UTF-16 units, so that a browser can check `text.length`.
  package var position: Int
  package var text: String

  package init(channel: Channel, position: Int, text: String) {
    self.channel = channel
    self.position = position
    self.text = text
  }
}

/// A message reached its end, whole or cut; its text is what the deltas of `final` add up to.
package struct MessageCompleted: Equatable, Sendable {
  package var role: Message.Role
  package var messageType: Message.Kind
  package var text: String
  /// Why the text ends: `stop`, `length`, a provider's other reason, or `failed`, `stopped`, `interrupted`.
  package var finish: String
  package var parent: Identifier<Message>?
  package var usage: Usage?
  /// What the message shows beside its text (tool calls, images), as JSON; nil when there is none.
  package var parts: JSON?
  /// The branch of its conversation; nil for the trunk.
  package var branch: Int?

  /// The text's length in UTF-16 units.
  package var length: Int { text.utf16.count }

  package init(
    role: Message.Role = .agent, messageType: Message.Kind = .message, text: String, finish: String,
    parent: Identifier<Message>? = nil, usage: Usage? = nil, parts: JSON? = nil, branch: Int? = nil
  ) {
    self.role = role
    self.messageType = messageType
    self.text = text
    self.finish = finish
    self.parent = parent
    self.usage = usage
    self.parts = parts
    self.branch = branch
  }
}
