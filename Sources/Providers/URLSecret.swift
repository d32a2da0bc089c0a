import Basics

/// Passwords inside URLs (RFC 3986 §3.2.1), wherever the URLs stand in a text.
package enum URLSecret {
  private static let mask = Array(SecretMask.shown("").utf8)

  /// The text with every password in a URL masked, `http://user:***@host`; a user part without a colon may be a token
  /// and is masked whole.
  package static func masked(_ text: String) -> String {
    var bytes = Array(text.utf8)
    // From the end, so that ranges that come before stay right.
    for secret in secrets(in: bytes).reversed() { bytes.replaceSubrange(secret, with: mask) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a URL in the text has a mask where its password should be.
  package static func isMasked(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return secrets(in: bytes).contains { bytes[$0].elementsEqual(mask) }
  }

  private static func secrets(in bytes: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for index in bytes.indices
    where bytes[index] == UInt8(ascii: ":") && bytes[index...].starts(with: "://".utf8) {
      let authority = bytes[(index + 3)...].prefix { $0 > 0x20 && !"/?#\\\"<>".utf8.contains($0) }
      guard let end = authority.lastIndex(of: UInt8(ascii: "@")) else { continue }
      let colon = authority[..<end].firstIndex(of: UInt8(ascii: ":"))
      found.append((colon.map { $0 + 1 } ?? authority.startIndex)..<end)
    }
    return found
  }
}
