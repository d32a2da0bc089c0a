import Basics
import Model
import Storage
import WebServer
import Wire

/// Ratings of answers, and what they come to by agent and model.
enum RatingRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.post, "/api/messages/{id}/rating", "rates an answer `up` or `down`", .rateMessage, rate),
    RouteEntry(.delete, "/api/messages/{id}/rating", "takes an answer's rating away", .removeRating, remove),
    RouteEntry(
      .get, "/api/ratings", "ratings counted by agent, version, provider and model; ?agent= chooses",
      .sumRatings, sums),
  ]

  /// Sums in one answer.
  private static let most = 10_000

  private static func rate(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .rateMessage)
    try body.require("rating")
    let direction = try body.choice("rating", of: Rating.Direction.self)
    try body.refuseUnknown()
    guard let direction else { throw APIError.invalidValue("rating", mustBe: "up or down") }
    let id = Identifier<Message>(request.parameter("id"))
    let rating = try await context.store.write { store in
      let rating = try store.rating(of: id, direction)
      try store.ratings.put(rating)
      return rating
    }
    return .json(rating.json)
  }

  private static func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Message>(request.parameter("id"))
    try await context.store.write { store in
      _ = try store.existing(id)
      try store.ratings.delete(id)
    }
    return .noContent
  }

  private static func sums(_ request: Request, _ context: APIContext) async throws -> Response {
    let agent = try request.query(.sumRatings)["agent"].map { Identifier<Agent>($0) }
    let sums = try await context.store.read { try $0.ratings.sums(of: agent, limit: most) }
    return .json(["items": .array(sums.map(\.json)), "next": .null])
  }
}

extension WriteTransaction {
  fileprivate func existing(_ id: Identifier<Message>) throws -> Message {
    guard let message = try messages.get(id) else {
      throw APIError(
        "message_not_found", "There is no message \(id).",
        hint: "GET /api/conversations/{id}/messages lists messages.")
    }
    return message
  }

  /// A rating of an answer, with who gave it: of several that were asked for it, the last one.
  fileprivate func rating(of id: Identifier<Message>, _ direction: Rating.Direction) throws -> Rating {
    let message = try existing(id)
    guard message.role == .agent, let run = try message.run.flatMap({ try runs.get($0) }) else {
      throw APIError(
        "message_not_answer", "The message \(id) is not an agent's answer.", hint: "Rate an answer.")
    }
    let attempt = try attempts.ofRun(run.id).last { $0.status == .completed }
    let agent = try agents.get(run.agent)
    return Rating(
      message: id, conversation: message.conversation, agent: run.agent, agentVersion: run.agentVersion,
      provider: attempt?.provider ?? agent?.provider ?? "", model: attempt?.model ?? agent?.model ?? "",
      direction: direction)
  }
}

extension Rating {
  fileprivate var json: JSON {
    [
      "message": .string(message.text), "conversation": .string(conversation.text),
      "rating": .string(direction.rawValue), "agent": .string(agent.text),
      "agentVersion": .integer(Int64(agentVersion)), "provider": .string(provider), "model": .string(model),
    ]
  }
}

extension RatingSum {
  fileprivate var json: JSON {
    [
      "agent": .string(agent.text), "agentVersion": .integer(Int64(agentVersion)),
      "provider": .string(provider), "model": .string(model), "up": .integer(up), "down": .integer(down),
    ]
  }
}
