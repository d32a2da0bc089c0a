import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Batches: many messages for an agent in one request, their answers in the same order.
///
/// A client that leaves stops nothing: the batch ends by itself or by its own stop call.
enum BatchRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/api/batch",
      "lets an agent answer many messages, in their order; whole, in the background, or line by line",
      .beginBatch,
      begin),
    RouteEntry(.get, "/api/batch/{id}", "a batch and its results so far", .getBatch, read),
    RouteEntry(.post, "/api/batch/{id}/stop", "stops a batch's runs and begins no more", .stopBatch, stop),
  ]

  /// UTF-8 bytes of the texts of one answer; those of later results are left to `GET /api/conversations/{id}/messages`, or to a stream.
  private static let mostText = 32 << 20
  /// Results read in one transaction.
  private static let page = 100

  private static func begin(_ request: Request, _ context: APIContext) async throws -> Response {
    let order = try BatchRequest(request)
    let batch = try await context.batches.begin(order.order)
    switch order.delivery {
    case .background: return .json(batch.summary, status: 202)
    case .stream(let form): return BatchStreamEndpoint.response(batch, form, context)
    case .whole:
      for index in 0..<batch.count { _ = await batch.result(of: index) }
      return try await whole(batch, context)
    }
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let batch = try await context.batches.batch(Identifier(request.parameter("id")))
    return try await whole(batch, context)
  }

  private static func stop(_ request: Request, _ context: APIContext) async throws -> Response {
    let batch = try await context.batches.stop(Identifier(request.parameter("id")))
    return try await whole(batch, context)
  }

  /// All results as they are now.
  private static func whole(_ batch: Batch, _ context: APIContext) async throws -> Response {
    var object = batch.summary.object ?? [:]
    let results = batch.results
    var items: [JSON] = []
    var tally = BatchTally()
    var text = 0
    for start in stride(from: 0, to: results.count, by: page) {
      let read = try await context.store.read { store in
        try (start..<min(start + page, results.count)).map { try BatchItem($0, results[$0], in: store) }
      }
      for item in read {
        if item.status != "working" { tally.add(item.status) }
        text += item.json["text"]?.string?.utf8.count ?? 0
        items.append(text <= mostText ? item.json : item.withoutText)
      }
    }
    for member in tally.members.members { object[member.name] = member.value }
    object["items"] = .array(items)
    object["next"] = JSON.null
    return .json(.object(object))
  }
}

extension BatchItem {
  /// The result without its words; `textOmitted` says so.
  var withoutText: JSON {
    guard var object = json.object, object["text"]?.isNull == false else { return json }
    object["text"] = JSON.null
    object["textOmitted"] = true
    return .object(object)
  }
}
