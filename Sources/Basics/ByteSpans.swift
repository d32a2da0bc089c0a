extension [UInt8] {
  /// Copies bytes out of a span.
  package init(_ bytes: Span<UInt8>) {
    // Safe: the pointer lives inside the closure, and both sides know the count. A safe loop copies 8 times slower.
    self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// Appends the bytes of a span.
  package mutating func append(contentsOf bytes: Span<UInt8>) {
    // Safe for the reason above.
    unsafe bytes.withUnsafeBufferPointer { unsafe self.append(contentsOf: $0) }
  }
}

extension String {
  /// Makes text of bytes; invalid UTF-8 becomes U+FFFD.
  package init(_ bytes: Span<UInt8>) {
    // Safe: the pointer lives inside the closure.
    self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

extension Span<UInt8> {
  /// The offset of the first byte of this value at or after `start`, looked for eight bytes at a time.
  package func firstOffset(of byte: UInt8, from start: Int) -> Int? {
    var offset = start
    let ones: UInt64 = 0x0101_0101_0101_0101
    let pattern = ones &* UInt64(byte)
    // Safe: UInt8 has no padding, the load is bounds-checked, and every bit pattern is a UInt64.
    let raw = unsafe self.bytes
    while offset + 8 <= count {
      let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ pattern
      // The lowest set bit marks the first zero byte, that is the first match (bits above it may lie).
      let zeros = (word &- ones) & ~word & (ones << 7)
      if zeros != 0 { return offset + UInt64(littleEndian: zeros).trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < count {
      if self[offset] == byte { return offset }
      offset += 1
    }
    return nil
  }
}
