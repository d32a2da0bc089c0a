import Basics
import Wire

/// The body of `POST /internal/chat/stream`.
struct FieldServiceRequest: Equatable, Sendable {
  static let shape = BodyShape(
    .init("input", .object(BodyShape(.init("message", .text(1...2000, rule: .notBlank))))),
    .init(
      "conversation",
      .object(
        BodyShape(.init("id", .text()), .init("user_id", .text()), .init("company_id", .text())))))

  let message: String
  let conversation: String
  let user: String
  let company: String

  init(_ bytes: [UInt8]) throws(BodyFaults) {
    let body = try Self.shape.read(bytes)
    message = body["input"]?["message"]?.string ?? ""
    let conversation = body["conversation"]
    self.conversation = conversation?["id"]?.string ?? ""
    user = conversation?["user_id"]?.string ?? ""
    company = conversation?["company_id"]?.string ?? ""
  }
}

extension APIOperation {
  static let fieldServiceStream = APIOperation(
    method: .post, path: "/internal/chat/stream",
    summary: "Answers a question about jobs and rules, as semantic events", body: FieldServiceRequest.shape,
    schema: "ChatStreamRequest",
    example: [
      "input": ["message": "Which jobs run late today?"],
      "conversation": ["id": "conv-81", "user_id": "u-5", "company_id": "co-2"],
    ])
}
