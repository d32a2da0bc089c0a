import Basics

/// One row of a CSV file: its fields without quotes, one behind the other.
package struct CSVRecord: Sendable {
  /// The bytes of all fields.
  package private(set) var bytes: [UInt8] = []
  /// Where each field lies in `bytes`.
  package private(set) var fields: [Range<Int>] = []
  /// The line of the file in which the row begins, from 1.
  package private(set) var line = 1
  private var start = 0

  init() {}

  /// The fields as texts; invalid UTF-8 becomes U+FFFD.
  package var texts: [String] {
    fields.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  /// Whether there is nothing in it: an empty line.
  var isBlank: Bool { fields.isEmpty && bytes.isEmpty }
  /// How long the field is that is being read.
  var openCount: Int { bytes.count - start }

  mutating func begin(line: Int) {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    start = 0
    self.line = line
  }

  mutating func append(_ piece: Span<UInt8>) { bytes.append(contentsOf: piece) }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Takes blanks from the end of the field that is being read.
  mutating func trimEnd(from kept: Int, isBlank: (UInt8) -> Bool) {
    while bytes.count > max(start, kept), let last = bytes.last, isBlank(last) { bytes.removeLast() }
  }

  mutating func endField() {
    fields.append(start..<bytes.count)
    start = bytes.count
  }
}
