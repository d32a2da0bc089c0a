/// Keyed hashing with SHA-256 (RFC 2104): request signatures.
package enum HMAC {
  private static let blockLength = 64

  /// The authentication code of a message, 32 bytes.
  package static func sha256(key: some Collection<UInt8>, message: some Collection<UInt8>) -> [UInt8] {
    var block = key.count > blockLength ? SHA256.digest(key) : Array(key)
    block += repeatElement(0, count: blockLength - block.count)
    let inner = SHA256.digest(block.map { $0 ^ 0x36 } + message)
    return SHA256.digest(block.map { $0 ^ 0x5C } + inner)
  }
}
