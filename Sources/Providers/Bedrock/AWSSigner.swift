import Basics
import Fetch

/// Signs requests with AWS's Signature Version 4, so that the secret key itself never travels.
///
/// curl 7.88 can sign, too, but gets the paths of most model ids wrong: they hold a colon.
struct AWSSigner: Equatable, Sendable {
  let credentials: AWSCredentials
  let region: String
  /// The name that signatures know the service by.
  let service: String

  private static let algorithm = "AWS4-HMAC-SHA256"

  /// The request with the fields that prove who sends it; servers refuse it when it is more than five minutes old.
  func signed(_ request: FetchRequest, at time: Timestamp) -> FetchRequest {
    var request = request
    request.fields.append(("X-Amz-Date", Self.moment(time)))
    if let token = credentials.sessionToken { request.fields.append(("X-Amz-Security-Token", token)) }
    let canonical = CanonicalRequest(request)
    let signature = HMAC.sha256(key: key(at: time), message: text(canonical, at: time).utf8)
    let proof = [
      "Credential=\(credentials.accessKey)/\(scope(at: time))", "SignedHeaders=\(canonical.names)",
      "Signature=\(Hexadecimal.text(signature))",
    ]
    request.fields.append(("Authorization", "\(Self.algorithm) \(proof.joined(separator: ", "))"))
    return request
  }

  /// The text that is signed.
  func text(_ request: CanonicalRequest, at time: Timestamp) -> String {
    let hash = Hexadecimal.text(SHA256.digest(request.text.utf8))
    return [Self.algorithm, Self.moment(time), scope(at: time), hash].joined(separator: "\n")
  }

  /// The key of a day, region and service, which the secret key cannot be told from.
  func key(at time: Timestamp) -> [UInt8] {
    let parts = [Self.day(time), region, service, "aws4_request"]
    return parts.reduce(Array("AWS4\(credentials.secretKey)".utf8)) { HMAC.sha256(key: $0, message: $1.utf8) }
  }

  private func scope(at time: Timestamp) -> String {
    "\(Self.day(time))/\(region)/\(service)/aws4_request"
  }

  /// `20261121T093000Z`.
  static func moment(_ time: Timestamp) -> String {
    "\(time.iso8601.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" })Z"
  }

  private static func day(_ time: Timestamp) -> String { String(moment(time).prefix(8)) }
}
