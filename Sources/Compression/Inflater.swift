import CZlib

/// Inflates one message after the other, each on its own (RFC 7692 §7.2.2), and never beyond a limit.
///
/// One object serves any number of connections of a thread. Its memory is some 60 KB.
package final class Inflater {
  /// The largest window there is; it suits every peer.
  private static let windowBits: Int32 = -15
  private static let pieceSize = 16384
  /// What the sender took off the end.
  private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

  // zlib keeps a pointer to the stream, so it must not move: allocated here, freed in `deinit`, used by nobody else.
  private let stream: UnsafeMutablePointer<z_stream>
  private let piece: UnsafeMutableBufferPointer<UInt8>

  /// - Throws: `deflate_out_of_memory`.
  package init() throws(CompressionError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard czlib_inflate_init(stream, Self.windowBits) == Z_OK else {
      stream.deallocate()
      throw .outOfMemory
    }
    piece = .allocate(capacity: Self.pieceSize)
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    piece.deallocate()
  }

  /// The message that a payload carries.
  ///
  /// - Parameters:
  ///   - payload: of all frames, put together. A final block (BFINAL) may end it, or stand anywhere in it (§7.2.3.4).
  ///   - limit: bytes that the message may have. Inflating stops at the first one beyond.
  /// - Throws: `deflate_malformed`, `deflate_too_long`.
  package func inflate(_ payload: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
    inflateReset(stream)
    var message: [UInt8] = []
    // An empty message is one zero byte (§7.2.3.6). Some senders leave out even that.
    guard !payload.isEmpty else { return message }
    let isFinished = try take(payload, into: &message, limit: limit)
    if !isFinished {
      _ = try take(Self.tail, into: &message, limit: limit)
      guard isBetweenBlocks else { throw .malformed }
    }
    return message
  }

  /// Whether the last block is whole and no bit is left (zlib.h tells so of `data_type`).
  private var isBetweenBlocks: Bool { stream.pointee.data_type & ~64 == 128 }

  /// Reads all of the input. Returns whether it ends with a final block.
  private func take(
    _ input: [UInt8], into message: inout [UInt8], limit: Int
  ) throws(CompressionError) -> Bool {
    var position = 0
    var status = Z_OK
    repeat {
      if status == Z_STREAM_END { inflateReset(stream) }
      let room = min(piece.count, limit - message.count + 1)
      let read: Int
      (status, read) = input.withUnsafeBufferPointer {
        step(UnsafeBufferPointer(rebasing: $0[position...]), room: room)
      }
      // Z_BUF_ERROR: nothing could be done, as all has been read and written before.
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .malformed }
      position += read
      message.append(contentsOf: piece[..<(room - Int(stream.pointee.avail_out))])
      guard message.count <= limit else { throw .tooLong(limit: limit) }
      // A full piece may hide more that is to come from the same input.
    } while status == Z_STREAM_END ? position < input.count : stream.pointee.avail_out == 0
    return status == Z_STREAM_END
  }

  /// One call of zlib: its status, and how many bytes it took.
  private func step(_ input: UnsafeBufferPointer<UInt8>, room: Int) -> (status: Int32, read: Int) {
    // zlib only reads through this pointer; its interface is older than `const`.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(input.count)
    stream.pointee.next_out = piece.baseAddress
    stream.pointee.avail_out = UInt32(room)
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    return (status, input.count - Int(stream.pointee.avail_in))
  }
}
