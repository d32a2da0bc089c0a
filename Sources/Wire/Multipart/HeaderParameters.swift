/// A field's value with parameters behind it: `form-data; name="file"` (RFC 9110 §5.6.6).
struct HeaderParameters {
  /// What stands before the parameters, in lower case.
  let value: String
  private var parameters: [(name: String, value: String)] = []

  /// Reads as much as can be read.
  init(_ text: String) {
    var rest = text.utf8[...]
    value = Self.trimmed(Self.take(&rest) { $0 != UInt8(ascii: ";") }).lowercased()
    while !rest.isEmpty {
      rest = rest.drop { Self.isBlank($0) || $0 == UInt8(ascii: ";") }
      let name = Self.trimmed(Self.take(&rest) { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") })
      guard rest.first == UInt8(ascii: "=") else { continue }
      rest = rest.dropFirst().drop(while: Self.isBlank)
      let value =
        rest.first == UInt8(ascii: "\"")
        ? Self.takeQuoted(&rest) : Self.trimmed(Self.take(&rest) { $0 != UInt8(ascii: ";") })
      if !name.isEmpty { parameters.append((name.lowercased(), value)) }
    }
  }

  /// The first parameter of a name.
  subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

  private static func take(_ rest: inout Substring.UTF8View, while holds: (UInt8) -> Bool) -> String {
    let taken = rest.prefix(while: holds)
    rest = rest[taken.endIndex...]
    return String(Substring(taken))
  }

  /// A backslash escapes a quotation mark only: some clients send Windows paths as they are.
  private static func takeQuoted(_ rest: inout Substring.UTF8View) -> String {
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "\"") {
        bytes.append(rest.removeFirst())
      } else if byte == UInt8(ascii: "\"") {
        break
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func trimmed(_ text: String) -> String {
    var bytes = text.utf8.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return String(Substring(bytes))
  }
}
