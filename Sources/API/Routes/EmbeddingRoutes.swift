import Basics
import Model
import Pipelines
import Providers
import WebServer
import Wire

/// `POST /api/embeddings`: turns texts into vectors, through the same keys, limits, prices and budgets as answers.
enum EmbeddingRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.post, "/api/embeddings", "turns texts into vectors", .embedTexts, embed)
  ]

  static let mostTexts = 2048

  private static func embed(_ request: Request, _ context: APIContext) async throws -> Response {
    let answer = try await context.runs.embedder.embed(call(request.body))
    return .json([
      "vectors": .array(answer.vectors.map { .array($0.map(\.json)) }),
      "dimensions": .integer(Int64(answer.vectors.first?.count ?? 0)), "usage": answer.usage.json,
      "cost": answer.cost?.json ?? .null,
    ])
  }

  private static func call(_ bytes: [UInt8]) throws(APIError) -> EmbeddingCall {
    let body = try RequestBody(bytes, for: .embedTexts)
    try body.require("provider", "model", "input")
    let texts = try body.texts("input")
    guard (1...mostTexts).contains(texts.count), !texts.contains("") else {
      throw .invalidValue("input", mustBe: "a text, or 1 to \(mostTexts) texts, none of them empty")
    }
    var call = EmbeddingCall(
      provider: try body.text("provider") ?? "", model: try body.text("model") ?? "", texts: texts)
    if let dimensions = try body.integer("dimensions") {
      guard (1...65_536).contains(dimensions) else {
        throw .invalidValue("dimensions", mustBe: "a whole number from 1 to 65536")
      }
      call.dimensions = dimensions
    }
    call.purpose = try body.choice("purpose", of: EmbeddingCall.Purpose.self)
    try body.refuseUnknown()
    return call
  }
}
