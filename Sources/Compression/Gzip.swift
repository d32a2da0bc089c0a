import CZlib

/// Whole files and answers compressed as browsers take them (RFC 1952).
package enum Gzip {
  /// How much work is put into it, as zlib counts.
  package enum Effort: Int32, Sendable {
    /// For what is sent once: 10 ms a megabyte of JSON, which becomes a fifth. The best there is takes twice as long for a tenth less.
    case quick = 4
    /// For files that are compressed once and sent often.
    case best = 9
  }

  /// zlib's largest window, and 16 for the head and the checksum of gzip instead of its own.
  private static let windowBits: Int32 = 15 + 16
  private static let memoryLevel: Int32 = 9

  /// The bytes, compressed.
  ///
  /// - Throws: `deflate_out_of_memory`.
  package static func compress(
    _ bytes: [UInt8], effort: Effort = .best
  ) throws(CompressionError) -> [UInt8] {
    var stream = z_stream()
    guard czlib_deflate_init(&stream, effort.rawValue, windowBits, memoryLevel) == Z_OK else {
      throw .outOfMemory
    }
    defer { deflateEnd(&stream) }
    var result = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    // zlib only reads through the first pointer; its interface is older than `const`. The result has the room of the worst case, so one
    // call does all of it. Nothing but this function sees either pointer.
    let isWhole = bytes.withUnsafeBufferPointer { input in
      result.withUnsafeMutableBufferPointer { output in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END
      }
    }
    guard isWhole else { throw .outOfMemory }
    result.removeLast(Int(stream.avail_out))
    return result
  }
}
