package import Basics

extension EventBody {
  /// Reads what `EventEncoder.body` wrote.
  ///
  /// Members that an older hub did not write take their defaults, so old logs stay readable.
  package init(type: EventType, json: JSON) {
    switch type {
    case .messageCreated:
      self = .messageCreated(
        MessageCreated(
          role: Self.role(json) ?? .user, messageType: Self.kind(json), text: json["text"]?.string ?? "",
          parent: (json["parent"]?.string).map { Identifier($0) }, parts: json["parts"],
          branch: json["branch"]?.integer.map { Int($0) }))
    case .messageDelta:
      self = .messageDelta(
        MessageDelta(
          channel: (json["channel"]?.string).flatMap { MessageDelta.Channel(rawValue: $0) } ?? .final,
          position: Int(clamping: json["position"]?.integer ?? 0), text: json["text"]?.string ?? ""))
    case .messageCompleted:
      self = .messageCompleted(
        MessageCompleted(
          role: Self.role(json) ?? .agent, messageType: Self.kind(json), text: json["text"]?.string ?? "",
          finish: json["finish"]?.string ?? "stop", parent: (json["parent"]?.string).map { Identifier($0) },
          usage: json["usage"].flatMap { Usage(json: $0) }, parts: json["parts"],
          branch: json["branch"]?.integer.map { Int($0) }))
    case .runQueued: self = Self.run(.queued, json)
    case .runStarted: self = Self.run(.running, json)
    case .runCompleted: self = Self.run(.completed, json)
    case .runFailed: self = Self.run(.failed, json)
    case .runStopped: self = Self.run(.stopped, json)
    case .runInterrupted: self = Self.run(.interrupted, json)
    default: self = .other(type, json.object ?? [:])
    }
  }

  private static func run(_ status: Run.Status, _ json: JSON) -> EventBody {
    .run(
      status, usage: json["usage"].flatMap { Usage(json: $0) }, cost: json["cost"].flatMap { Cost(json: $0) },
      error: json["error"].flatMap { RunFailure(json: $0) })
  }

  private static func role(_ json: JSON) -> Message.Role? {
    (json["role"]?.string).flatMap { Message.Role(rawValue: $0) }
  }

  private static func kind(_ json: JSON) -> Message.Kind {
    (json["messageType"]?.string).flatMap { Message.Kind(rawValue: $0) } ?? .message
  }
}
