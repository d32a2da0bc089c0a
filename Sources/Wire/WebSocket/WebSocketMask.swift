import Basics

/// The XOR with which clients hide payloads from caches on the way (RFC 6455 §5.3). Doing it twice undoes it.
enum WebSocketMask {
  /// Masks the bytes from `start` on.
  ///
  /// - Parameters:
  ///   - key: the four bytes of the key, the first one lowest.
  ///   - phase: how many bytes of the payload came before.
  static func apply(_ key: UInt32, to bytes: inout [UInt8], from start: Int, phase: Int = 0) {
    let turn = UInt32(phase & 3) * 8
    let turned = turn == 0 ? key : key >> turn | key << (32 - turn)
    let pattern = UInt64(turned) << 32 | UInt64(turned)
    var span = bytes.mutableSpan
    // Safe: UInt8 has no padding, loads and stores are bounds-checked, and every bit pattern is a UInt64.
    var raw = unsafe span.mutableBytes
    var offset = start
    let end = raw.byteCount
    while offset + 8 <= end {
      let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      raw.storeBytes(of: word ^ pattern.littleEndian, toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
    var rest = pattern
    while offset < end {
      let byte = unsafe raw.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      raw.storeBytes(of: byte ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
      rest >>= 8
      offset += 1
    }
  }
}
