import Basics

/// Reads an `application/vnd.amazon.eventstream`, whatever pieces its bytes come in.
///
/// A message is a prelude of 12 bytes (length of all, length of the headers, checksum of both), headers, payload, and a checksum of
/// everything before it; integers are big-endian. Nothing is tolerated: after a fault no later message can be found.
package struct AmazonEventStreamParser: Sendable {
  private static let preludeLength = 12
  private static let checksumLength = 4
  private static let headersLimit = 128 << 10

  private let payloadLimit: Int
  private var buffer: [UInt8] = []

  /// - Parameter payloadLimit: bytes that one message's payload may have.
  package init(payloadLimit: Int = 24 << 20) { self.payloadLimit = payloadLimit }

  /// Whether a message has begun and is not over.
  package var isInsideMessage: Bool { !buffer.isEmpty }

  /// Takes the next bytes and appends the messages that they complete, those before a fault included.
  ///
  /// - Throws: `stream_event_too_long`, `stream_checksum_wrong`, `stream_event_malformed`.
  package mutating func receive(
    _ bytes: [UInt8], into messages: inout [AmazonEventMessage]
  ) throws(StreamFormatError) {
    buffer += bytes
    var start = 0
    defer { if start > 0 { buffer.removeFirst(start) } }
    while buffer.count - start >= Self.preludeLength {
      let lengths = try prelude(at: start)
      let end = start + lengths.total
      guard buffer.count >= end else { return }
      try check(start..<end)
      let headersStart = start + Self.preludeLength
      let payloadStart = headersStart + lengths.headers
      let headers = try AmazonEventHeaderReader.headers(in: buffer[headersStart..<payloadStart])
      let payload = Array(buffer[payloadStart..<(end - Self.checksumLength)])
      messages.append(AmazonEventMessage(headers: headers, payload: payload))
      start = end
    }
  }

  /// Reads a prelude. Its checksum goes first: a length that is damaged must not be waited for.
  private func prelude(at start: Int) throws(StreamFormatError) -> (total: Int, headers: Int) {
    let checksum = CRC32.checksum(buffer.span.extracting(start..<(start + 8)))
    guard checksum == integer(at: start + 8) else { throw .wrongChecksum(of: "the prelude of an event") }
    let total = Int(integer(at: start))
    let headers = Int(integer(at: start + 4))
    let payload = total - headers - Self.preludeLength - Self.checksumLength
    guard payload >= 0 else { throw .malformedEvent(reason: "its headers are longer than the event") }
    guard headers <= Self.headersLimit else { throw .eventTooLong(limit: Self.headersLimit) }
    guard payload <= payloadLimit else { throw .eventTooLong(limit: payloadLimit) }
    return (total, headers)
  }

  private func check(_ message: Range<Int>) throws(StreamFormatError) {
    let end = message.upperBound - Self.checksumLength
    let checksum = CRC32.checksum(buffer.span.extracting(message.lowerBound..<end))
    guard checksum == integer(at: end) else { throw .wrongChecksum(of: "an event") }
  }

  private func integer(at start: Int) -> UInt32 {
    buffer[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
