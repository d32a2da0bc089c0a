/// Reads the headers of one message of an `application/vnd.amazon.eventstream`: a name with its length in one byte, a type, a value.
struct AmazonEventHeaderReader {
  private var rest: ArraySlice<UInt8>

  /// - Throws: `stream_event_malformed`.
  static func headers(
    in bytes: ArraySlice<UInt8>
  ) throws(StreamFormatError) -> [AmazonEventMessage.Header] {
    var reader = Self(rest: bytes)
    var headers: [AmazonEventMessage.Header] = []
    while !reader.rest.isEmpty {
      let name = try reader.text(Int(reader.integer(UInt8.self)))
      guard !name.isEmpty else { throw .malformedEvent(reason: "a header has no name") }
      guard !headers.contains(where: { $0.name == name }) else {
        throw .malformedEvent(reason: "a header comes twice")
      }
      headers.append(AmazonEventMessage.Header(name, try reader.value()))
    }
    return headers
  }

  private mutating func value() throws(StreamFormatError) -> AmazonEventMessage.Value {
    switch try integer(UInt8.self) {
    case 0: .bool(true)
    case 1: .bool(false)
    case 2: .int8(try integer())
    case 3: .int16(try integer())
    case 4: .int32(try integer())
    case 5: .int64(try integer())
    case 6: .bytes(Array(try take(Int(integer(UInt16.self)))))
    case 7: .string(try text(Int(integer(UInt16.self))))
    case 8: .timestamp(try integer())
    case 9: .uuid(Array(try take(16)))
    case let type: throw .malformedEvent(reason: "a header has the unknown type \(type)")
    }
  }

  private mutating func text(_ length: Int) throws(StreamFormatError) -> String {
    guard let text = String(validating: try take(length), as: UTF8.self) else {
      throw .malformedEvent(reason: "a header is not UTF-8")
    }
    return text
  }

  private mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type = Integer.self
  ) throws(StreamFormatError) -> Integer {
    try take(Integer.bitWidth / 8).reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
  }

  private mutating func take(_ count: Int) throws(StreamFormatError) -> ArraySlice<UInt8> {
    guard rest.count >= count else { throw .malformedEvent(reason: "a header goes beyond the headers") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}
