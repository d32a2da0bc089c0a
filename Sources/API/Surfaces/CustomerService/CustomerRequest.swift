import Basics

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
