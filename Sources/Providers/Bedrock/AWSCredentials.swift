/// What proves to AWS who asks.
struct AWSCredentials: Equatable, Sendable {
  /// Names the secret; not secret itself.
  var accessKey: String
  var secretKey: String
  /// Comes with temporary keys and belongs to them.
  var sessionToken: String?

  /// What must not stand in any message.
  var secrets: [String] { [accessKey, secretKey] + (sessionToken.map { [$0] } ?? []) }
}
