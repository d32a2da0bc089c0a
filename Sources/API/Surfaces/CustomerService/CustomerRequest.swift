import Basics
import Wire

/// The body of `POST /chat` and `POST /chat/stream`.
struct CustomerRequest: Equatable, Sendable {
  static let shape = BodyShape(
    .init("message", .text(1...2000, rule: .notBlank)), .init("session_id", .text(rule: .randomUUID)))

  let message: String
  /// In lower case, whatever case it came in.
  let session: String

  init(_ bytes: [UInt8]) throws(BodyFaults) {
    let body = try Self.shape.read(bytes)
    message = body["message"]?.string ?? ""
    session = (body["session_id"]?.string ?? "").lowercased()
  }
}

extension APIOperation {
  private static let example: JSON = [
    "message": "What does the Starter plan cost?", "session_id": "7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b",
  ]

  static let customerChat = APIOperation(
    method: .post, path: "/chat", summary: "Answers a message, whole", body: CustomerRequest.shape,
    schema: "ChatRequest", example: example, answers: "application/json")

  static let customerStream = APIOperation(
    method: .post, path: "/chat/stream", summary: "Answers a message, token by token",
    body: CustomerRequest.shape, schema: "ChatRequest", example: example)
}
