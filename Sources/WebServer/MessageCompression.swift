import Compression
import Wire

/// The deflate streams of one loop, shared by all its WebSockets: each message is on its own, so none of them is
/// anybody's. Made when first needed.
final class MessageCompression {
  private var inflater: Inflater?
  /// By the bits of their window, from 9 on.
  private var deflaters: [Deflater?] = Array(repeating: nil, count: 7)

  /// What a compressed message's payload stands for, or the fault to close with.
  func inflate(_ payload: [UInt8], limit: Int) -> Result<[UInt8], WebSocketFault> {
    do throws(CompressionError) {
      return .success(try sharedInflater().inflate(payload, limit: limit))
    } catch {
      switch error {
      case .malformed: return .failure(.invalidCompression)
      // Without memory for a window there is none for the message either.
      case .tooLong, .outOfMemory: return .failure(.messageTooBig)
      }
    }
  }

  /// The payload that carries a message to a peer with that window, in bits; nil when it would be no smaller.
  func deflate(_ message: UnsafeRawBufferPointer, windowBits: Int) -> [UInt8]? {
    // A message is sent as it is where there is no memory for the stream.
    guard let payload = try? deflater(windowBits).deflate(message), payload.count < message.count else {
      return nil
    }
    return payload
  }

  private func sharedInflater() throws(CompressionError) -> Inflater {
    if let inflater { return inflater }
    let made = try Inflater()
    inflater = made
    return made
  }

  private func deflater(_ windowBits: Int) throws(CompressionError) -> Deflater {
    let place = windowBits - 9
    if let deflater = deflaters[place] { return deflater }
    let made = try Deflater(windowBits: windowBits)
    deflaters[place] = made
    return made
  }
}
