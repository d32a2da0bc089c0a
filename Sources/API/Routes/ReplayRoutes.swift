import Basics
import Model
import Realtime
import Storage
import WebServer
import Wire

/// Conversations that are watched once more.
enum ReplayRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/conversations/{id}/replay",
      "a conversation's events once more, as a stream; ?from= and ?to= (a seq or a moment), ?pace= (0 is at once)",
      .replayConversation,
      replay)
  ]

  private static func replay(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.replayConversation)
    var order = ReplayOrder(Identifier(request.parameter("id")))
    order.from = try query.bound("from")
    order.to = try query.bound("to")
    if let text = query["pace"] {
      guard let pace = Double(text), ReplayOrder.isPace(pace) else {
        throw APIError.invalidQuery(
          "pace", mustBe: "0, for at once, or a number from 0.01 to 1000, not \(text)")
      }
      order.pace = pace
    }
    // A browser that lost the stream comes back with the same address and the last id that it has.
    if request.fields["Last-Event-ID"] != nil {
      let position = try StreamPosition(lastEventID: request.fields["Last-Event-ID"], query: query)
      if position.epoch == context.store.epoch { order.from = .seq(position.seq + 1) }
    }
    _ = try await context.store.read { [order] in try $0.existing(order.conversation) }
    return ReplayEndpoint.response(
      try await Replay.begin(order, in: context.store), epoch: context.store.epoch)
  }
}

extension RequestQuery {
  /// An end of a range; nil when it is not given.
  fileprivate func bound(_ name: String) throws(APIError) -> ReplayOrder.Bound? {
    guard let text = self[name] else { return nil }
    guard let bound = ReplayOrder.Bound(text: text) else {
      throw .invalidQuery(name, mustBe: "a seq or a moment like 2026-11-21T09:30:00Z, not \(text)")
    }
    return bound
  }
}
