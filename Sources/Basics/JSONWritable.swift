/// A value that writes itself as JSON, without a tree of `JSON` values between: a page of 50 messages costs a fifth of that.
package protocol JSONWritable {
  /// Writes exactly one JSON value.
  func write(into writer: inout JSONWriter)
}

extension JSONWritable {
  /// The value as UTF-8 text without blanks.
  package var jsonBytes: [UInt8] {
    var writer = JSONWriter()
    write(into: &writer)
    return writer.bytes
  }
}

extension JSON: JSONWritable {
  package func write(into writer: inout JSONWriter) { writer.value(self) }
}

extension String: JSONWritable {
  package func write(into writer: inout JSONWriter) { writer.string(self) }
}

extension Timestamp: JSONWritable {
  package func write(into writer: inout JSONWriter) { writer.timestamp(self) }
}

extension JSONWriter {
  /// Writes a member that writes itself.
  package mutating func member(_ name: StaticString, _ value: some JSONWritable) {
    key(name)
    value.write(into: &self)
  }

  /// Writes a member whose elements write themselves.
  package mutating func member(_ name: StaticString, _ values: [some JSONWritable]) {
    key(name)
    beginArray()
    for value in values { value.write(into: &self) }
    endArray()
  }

  /// Writes a member that writes itself, or null.
  package mutating func member(_ name: StaticString, orNull value: (some JSONWritable)?) {
    key(name)
    if let value { value.write(into: &self) } else { null() }
  }
}
