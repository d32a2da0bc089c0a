import CZlib

/// Deflates one message after the other, each on its own (RFC 7692 §7.2.1): nothing of one is left for the next.
///
/// One object serves any number of connections of a thread. Its memory is 264 KB with a window of 15 bits.
package final class Deflater {
  /// Fast: the higher levels save a few per cent of our JSON and cost two to five times as much.
  private static let level: Int32 = 1
  /// zlib's standard size of its hash table.
  private static let memoryLevel: Int32 = 8
  private static let pieceSize = 16384
  /// What a flush ends with, and what RFC 7692 §7.2.1 takes off.
  private static let tailCount = 4

  // zlib keeps a pointer to the stream, so it must not move: allocated here, freed in `deinit`, used by nobody else.
  private let stream: UnsafeMutablePointer<z_stream>
  private let piece: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter windowBits: how far back a message may refer to itself, 9 to 15 bits; zlib cannot do 8.
  /// - Throws: `deflate_out_of_memory`.
  package init(windowBits: Int = 15) throws(CompressionError) {
    precondition((9...15).contains(windowBits), "a raw deflate window has 9 to 15 bits")
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Negative: without zlib's header and checksum.
    guard czlib_deflate_init(stream, Self.level, Int32(-windowBits), Self.memoryLevel) == Z_OK else {
      stream.deallocate()
      throw .outOfMemory
    }
    piece = .allocate(capacity: Self.pieceSize)
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    piece.deallocate()
  }

  /// The payload that carries a message, without the four bytes that every such payload would end with.
  package func deflate(_ message: UnsafeRawBufferPointer) -> [UInt8] {
    deflateReset(stream)
    // zlib only reads through this pointer; its interface is older than `const`.
    let start = message.bindMemory(to: UInt8.self).baseAddress
    stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
    stream.pointee.avail_in = UInt32(message.count)
    var payload: [UInt8] = []
    repeat {
      stream.pointee.next_out = piece.baseAddress
      stream.pointee.avail_out = UInt32(piece.count)
      CZlib.deflate(stream, Z_SYNC_FLUSH)
      payload.append(contentsOf: piece[..<(piece.count - Int(stream.pointee.avail_out))])
      // Room left over means that all has been flushed.
    } while stream.pointee.avail_out == 0
    payload.removeLast(Self.tailCount)
    return payload
  }

  /// The payload that carries a message.
  package func deflate(_ message: [UInt8]) -> [UInt8] { message.withUnsafeBytes { deflate($0) } }
}
