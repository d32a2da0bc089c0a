/// One message of an `application/vnd.amazon.eventstream`: typed headers and a payload.
package struct AmazonEventMessage: Equatable, Sendable {
  /// What a header may hold.
  package enum Value: Equatable, Sendable {
    case bool(Bool)
    case int8(Int8)
    case int16(Int16)
    case int32(Int32)
    case int64(Int64)
    case bytes([UInt8])
    case string(String)
    /// Milliseconds since 1970.
    case timestamp(Int64)
    /// 16 bytes.
    case uuid([UInt8])
  }

  /// A name and its value; names that begin with a colon belong to the protocol.
  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// In the order they came; no name twice.
  package var headers: [Header]
  package var payload: [UInt8]

  package init(headers: [Header], payload: [UInt8] = []) {
    self.headers = headers
    self.payload = payload
  }

  /// The text of a header; nil when it is missing or holds something else.
  package subscript(name: String) -> String? {
    guard case .string(let text) = headers.first(where: { $0.name == name })?.value else { return nil }
    return text
  }
}
