import Basics

/// Reads the chunked transfer coding (RFC 9112 §7.1). Extensions and trailers are bounded, checked and dropped.
struct ChunkedBodyParser: Sendable {
  private enum State {
    /// In the digits of a chunk's size; how many there were.
    case size(digits: Int)
    /// After the `;` of a chunk's extensions.
    case extensions
    /// After the CR of a size line.
    case sizeLineFeed
    /// In a chunk's data; bytes that are missing.
    case data(Int)
    case dataReturn
    case dataLineFeed
    /// Before a trailer line or the empty line that ends the body.
    case trailerStart
    case trailerName
    case trailerValue
    case trailerLineFeed
    /// After the CR of the empty line that ends the body.
    case lastLineFeed
    case done
  }

  private var state: State = .size(digits: 0)
  private var size = 0
  private var bodyCount = 0
  /// Bytes that the body may have.
  private let bodyLimit: Int
  /// Bytes of extensions and trailers, which are bounded together.
  private var overhead = 0

  init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

  /// Whether the body is over; what follows is the next request.
  var isDone: Bool { if case .done = state { true } else { false } }

  /// Reads on from `position`; gives where data lies, or nil when the bytes are used up or the body is over.
  mutating func next(
    _ bytes: Span<UInt8>, from position: inout Int, _ limits: HTTPLimits
  ) throws(HTTPParseError) -> Range<Int>? {
    while position < bytes.count {
      if case .done = state { return nil }
      if case .data(let missing) = state {
        let range = position..<min(bytes.count, position + missing)
        position = range.upperBound
        state = range.count == missing ? .dataReturn : .data(missing - range.count)
        return range
      }
      state = try step(bytes[position], limits)
      position += 1
    }
    return nil
  }

  private mutating func step(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPParseError) -> State {
    switch state {
    case .size(let digits): return try takeSize(byte, digits)
    case .extensions:
      if byte == UInt8(ascii: "\r") { return .sizeLineFeed }
      return try takeOverhead(byte, limits, .extensions)
    case .sizeLineFeed:
      try expect(byte, UInt8(ascii: "\n"))
      return try beginChunk()
    case .dataReturn:
      try expect(byte, UInt8(ascii: "\r"))
      return .dataLineFeed
    case .dataLineFeed:
      try expect(byte, UInt8(ascii: "\n"))
      size = 0
      return .size(digits: 0)
    case .trailerStart where byte == UInt8(ascii: "\r"): return .lastLineFeed
    case .trailerStart, .trailerName: return try takeTrailerName(byte, limits)
    case .trailerValue:
      if byte == UInt8(ascii: "\r") { return .trailerLineFeed }
      return try takeOverhead(byte, limits, .trailerValue)
    case .trailerLineFeed:
      try expect(byte, UInt8(ascii: "\n"))
      return .trailerStart
    case .lastLineFeed:
      try expect(byte, UInt8(ascii: "\n"))
      return .done
    case .data, .done: preconditionFailure("next() takes these states itself")
    }
  }

  private mutating func takeSize(_ byte: UInt8, _ digits: Int) throws(HTTPParseError) -> State {
    if let value = Hexadecimal.value(byte) {
      // 15 digits stay below Int.max; leading zeros count, so a size line is bounded too.
      guard digits < 15 else { throw .malformedChunk }
      size = size << 4 | Int(value)
      return .size(digits: digits + 1)
    }
    guard digits > 0 else { throw .malformedChunk }
    // No blanks here, although RFC 9112 §7.1.1 would let a recipient skip them: parsers differ over them.
    switch byte {
    case UInt8(ascii: "\r"): return .sizeLineFeed
    case UInt8(ascii: ";"): return .extensions
    default: throw .malformedChunk
    }
  }

  private mutating func beginChunk() throws(HTTPParseError) -> State {
    guard size > 0 else { return .trailerStart }
    guard size <= bodyLimit - bodyCount else { throw .bodyTooLarge }
    bodyCount += size
    return .data(size)
  }

  private mutating func takeTrailerName(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPParseError) -> State {
    if byte == UInt8(ascii: ":"), case .trailerName = state { return .trailerValue }
    guard HTTPSyntax.isToken(byte) else { throw .malformedChunk }
    return try takeOverhead(byte, limits, .trailerName)
  }

  private mutating func takeOverhead(
    _ byte: UInt8, _ limits: HTTPLimits, _ next: State
  ) throws(HTTPParseError) -> State {
    guard HTTPSyntax.isFieldValue(byte) else { throw .malformedChunk }
    overhead += 1
    guard overhead <= limits.head else { throw .malformedChunk }
    return next
  }

  private func expect(_ byte: UInt8, _ wanted: UInt8) throws(HTTPParseError) {
    guard byte == wanted else { throw .malformedChunk }
  }
}
