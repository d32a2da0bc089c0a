import Basics

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
