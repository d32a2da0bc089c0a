/// Makes keys in texts of others unreadable; at most their last four characters stay.
package enum SecretMask {
  /// Masks known keys, and whatever looks like one: `sk-…`, `AIza…`, `AKIA…`, and the word after `Bearer`.
  package static func mask(_ text: String, known: [String] = []) -> String {
    var bytes = Array(text.utf8)
    for secret in known where secret.utf8.count >= 4 { replace(Array(secret.utf8), in: &bytes) }
    return String(decoding: maskShapes(bytes), as: UTF8.self)
  }

  /// How a key is shown: dots and, when it is long enough to stay secret, its last four characters.
  package static func shown(_ secret: String) -> String {
    String(decoding: shown(Array(secret.utf8)[...]), as: UTF8.self)
  }

  private static let shapes: [(prefix: [UInt8], least: Int)] = [
    (Array("sk-".utf8), 8), (Array("sk_".utf8), 8), (Array("AIza".utf8), 12), (Array("AKIA".utf8), 12),
    (Array("ASIA".utf8), 12), (Array("gsk_".utf8), 8), (Array("hf_".utf8), 8),
  ]
  private static let bearer = Array("bearer ".utf8)

  private static func maskShapes(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let isWordStart = index == 0 || !isKeyByte(bytes[index - 1])
      if isWordStart, let length = keyLength(bytes[index...]) {
        result += shown(bytes[index..<(index + length)])
        index += length
      } else if isWordStart, startsWithBearer(bytes[index...]) {
        let start = index + bearer.count
        let word = bytes[start...].prefix(while: isKeyByte)
        result += bytes[index..<start]
        result += word.count >= 8 ? shown(word) : Array(word)
        index = start + word.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  private static func keyLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    for shape in shapes where bytes.starts(with: shape.prefix) {
      let length = bytes.prefix(while: isKeyByte).count
      if length >= shape.least { return length }
    }
    return nil
  }

  private static func startsWithBearer(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count > bearer.count && zip(bytes, bearer).allSatisfy { $0 | 0x20 == $1 }
  }

  private static func replace(_ secret: [UInt8], in bytes: inout [UInt8]) {
    var index = 0
    while index + secret.count <= bytes.count {
      if bytes[index] == secret[0], bytes[index..<(index + secret.count)].elementsEqual(secret) {
        let mask = shown(secret[...])
        bytes.replaceSubrange(index..<(index + secret.count), with: mask)
        index += mask.count
      } else {
        index += 1
      }
    }
  }

  private static func shown(_ secret: ArraySlice<UInt8>) -> [UInt8] {
    Array("***".utf8) + (secret.count >= 12 ? secret.suffix(4) : [])
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "-_.+/=~".utf8.contains(byte)
    }
  }
}
