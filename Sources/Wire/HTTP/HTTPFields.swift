import Basics

/// The header fields of a message: in order, names in any case (RFC 9110 §5).
///
/// All names and values lie in one array, so a parsed head costs two allocations and no text until it is asked for.
/// A CR, LF or NUL cannot get into a value: it becomes a blank (RFC 9110 §5.5 allows that or refusal).
package struct HTTPFields: Sendable, ExpressibleByDictionaryLiteral {
  /// Where one field lies in `bytes`.
  struct Entry: Sendable {
    var nameStart: UInt32
    var nameCount: UInt32
    var valueStart: UInt32
    var valueCount: UInt32

    init(name: Range<Int>, value: Range<Int>) {
      nameStart = UInt32(name.lowerBound)
      nameCount = UInt32(name.count)
      valueStart = UInt32(value.lowerBound)
      valueCount = UInt32(value.count)
    }

    var name: Range<Int> { Int(nameStart)..<Int(nameStart + nameCount) }
    var value: Range<Int> { Int(valueStart)..<Int(valueStart + valueCount) }
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  /// Begins without fields.
  package init() {}

  /// Takes fields in the order written; a name may come twice.
  package init(dictionaryLiteral fields: (String, String)...) {
    for (name, value) in fields { append(name, value) }
  }

  /// Takes fields that a parser has checked.
  init(bytes: [UInt8], entries: [Entry]) {
    self.bytes = bytes
    self.entries = entries
  }

  /// How many field lines there are.
  package var count: Int { entries.count }
  /// Whether there are no fields.
  package var isEmpty: Bool { entries.isEmpty }

  /// All fields in order, as text.
  package var all: [(name: String, value: String)] {
    entries.map { (text($0.name), text($0.value)) }
  }

  /// The first value of a field, or nil.
  package subscript(name: String) -> String? {
    for entry in entries where isNamed(entry, name) { return text(entry.value) }
    return nil
  }

  /// All values of a field, in order.
  package func values(of name: String) -> [String] {
    entries.filter { isNamed($0, name) }.map { text($0.value) }
  }

  /// Whether there is a field of this name.
  package func contains(_ name: String) -> Bool { entries.contains { isNamed($0, name) } }

  /// Whether a field that is a comma-separated list has this token, in any case, in any of its lines.
  package func list(_ name: String, contains token: String) -> Bool {
    for entry in entries where isNamed(entry, name) {
      if HTTPSyntax.list(bytes.span.extracting(entry.value), contains: token) { return true }
    }
    return false
  }

  /// The elements of a field that is a comma-separated list, without blanks and empty ones.
  package func list(_ name: String) -> [String] {
    values(of: name).flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }.compactMap { element in
      let element = Array(element)
      let trimmed = HTTPSyntax.trimmedRange(element.span, 0..<element.count)
      return trimmed.isEmpty ? nil : String(decoding: element[trimmed], as: UTF8.self)
    }
  }

  /// Adds a field after the others.
  ///
  /// - Precondition: the name is a token; names are written in our code, never taken from a peer.
  package mutating func append(_ name: String, _ value: String) {
    precondition(HTTPSyntax.isToken(name.utf8.span), "a field name must be a token")
    let nameStart = bytes.count
    bytes.append(contentsOf: name.utf8)
    let valueStart = bytes.count
    if HTTPSyntax.firstInvalidOffset(value.utf8.span, 0..<value.utf8.count) == nil {
      bytes.append(contentsOf: value.utf8)
    } else {
      for byte in value.utf8 { bytes.append(HTTPSyntax.isFieldValue(byte) ? byte : UInt8(ascii: " ")) }
    }
    entries.append(Entry(name: nameStart..<valueStart, value: valueStart..<bytes.count))
  }

  /// Makes this the only field of its name.
  package mutating func set(_ name: String, _ value: String) {
    remove(name)
    append(name, value)
  }

  /// Removes all fields of a name.
  package mutating func remove(_ name: String) { entries = entries.filter { !isNamed($0, name) } }

  /// Writes each field as a line, but for those of the given names.
  func appendLines(to output: inout [UInt8], except names: [String]) {
    for entry in entries where !names.contains(where: { isNamed(entry, $0) }) {
      output.append(contentsOf: bytes[entry.name])
      output.append(UInt8(ascii: ":"))
      output.append(UInt8(ascii: " "))
      output.append(contentsOf: bytes[entry.value])
      output.append(UInt8(ascii: "\r"))
      output.append(UInt8(ascii: "\n"))
    }
  }

  private func isNamed(_ entry: Entry, _ name: String) -> Bool {
    Int(entry.nameCount) == name.utf8.count && HTTPSyntax.equal(bytes.span.extracting(entry.name), name)
  }

  private func text(_ range: Range<Int>) -> String { String(bytes.span.extracting(range)) }
}

extension HTTPFields: Equatable {
  /// Fields are equal if they read the same, wherever they lie.
  package static func == (left: Self, right: Self) -> Bool {
    left.all.elementsEqual(right.all) { $0 == $1 }
  }
}
