import Basics
import Storage
import WebServer
import Wire

/// The `Idempotency-Key` of a request: the same key with the same body gets the same answer, however often it comes.
struct IdempotencyKey: Sendable {
  /// A finished answer, as it is kept.
  struct Answer: Sendable {
    let status: Int
    let body: [UInt8]
    var isReplayed = false

    var response: Response {
      var response = Response.json(bytes: body, status: HTTPStatus(status))
      if isReplayed { response.fields.append("Idempotent-Replayed", "true") }
      return response
    }
  }

  static let maximumLength = 255

  /// The key's text.
  let text: String
  /// Tells bodies apart.
  let fingerprint: String

  /// Reads the key of a request; nil when it has none.
  init?(of request: Request) throws(APIError) {
    guard let text = request.fields["Idempotency-Key"] else { return nil }
    guard (1...Self.maximumLength).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw APIError(
        "invalid_idempotency_key",
        "Idempotency-Key must be 1 to \(Self.maximumLength) visible ASCII characters.",
        hint: "A UUID does well.")
    }
    self.text = text
    fingerprint = Hexadecimal.text(SHA1.digest(request.body))
  }

  /// Gives the kept answer, or makes one and keeps it, in the caller's transaction.
  ///
  /// - Throws: `idempotency_key_reused`, or what `make` threw; nothing is kept then.
  func answer(on route: String, in store: WriteTransaction, make: () throws -> Answer) throws -> Answer {
    if let record = try store.idempotency.find(route: route, key: text) {
      guard record.fingerprint == fingerprint else { throw Self.reused }
      if let status = record.status, let body = record.body {
        return Answer(status: status, body: body, isReplayed: true)
      }
    }
    let answer = try make()
    try store.idempotency.insert(
      IdempotencyRecord(
        route: route, key: text, fingerprint: fingerprint, status: answer.status, body: answer.body,
        createdAt: store.now))
    return answer
  }

  /// The key stands for something else.
  static let reused = APIError(
    "idempotency_key_reused", "This Idempotency-Key came with another request before.",
    hint: "Use a fresh key for every new request.")
}
