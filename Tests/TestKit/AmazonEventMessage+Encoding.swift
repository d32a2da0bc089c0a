import Basics
package import Wire

/// What Amazon's servers do, for scripts of ours: writing messages.
extension AmazonEventMessage {
  /// An event as Bedrock sends it.
  package static func event(_ type: String, _ payload: String) -> Self {
    text([":event-type": type, ":content-type": "application/json", ":message-type": "event"], payload)
  }

  /// A failure that the service knows.
  package static func exception(_ type: String, _ payload: String) -> Self {
    text(
      [":exception-type": type, ":content-type": "application/json", ":message-type": "exception"], payload)
  }

  package static func text(_ headers: KeyValuePairs<String, String>, _ payload: String = "") -> Self {
    AmazonEventMessage(
      headers: headers.map { Header($0.key, .string($0.value)) }, payload: Array(payload.utf8))
  }

  /// The message as it goes over the wire.
  package var encoded: [UInt8] {
    let headers = self.headers.flatMap {
      [UInt8($0.name.utf8.count)] + Array($0.name.utf8) + $0.value.encoded
    }
    var bytes = Self.bytes(UInt32(16 + headers.count + payload.count)) + Self.bytes(UInt32(headers.count))
    bytes += Self.bytes(CRC32.checksum(bytes.span))
    bytes += headers + payload
    return bytes + Self.bytes(CRC32.checksum(bytes.span))
  }

  fileprivate static func bytes(_ integer: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: integer.bigEndian) { Array($0) }
  }
}

extension AmazonEventMessage.Value {
  fileprivate var encoded: [UInt8] {
    typealias Message = AmazonEventMessage
    return switch self {
    case .bool(let value): [value ? 0 : 1]
    case .int8(let value): [2] + Message.bytes(value)
    case .int16(let value): [3] + Message.bytes(value)
    case .int32(let value): [4] + Message.bytes(value)
    case .int64(let value): [5] + Message.bytes(value)
    case .bytes(let value): [6] + Message.bytes(UInt16(value.count)) + value
    case .string(let value): [7] + Message.bytes(UInt16(value.utf8.count)) + Array(value.utf8)
    case .timestamp(let value): [8] + Message.bytes(value)
    case .uuid(let value): [9] + value
    }
  }
}
