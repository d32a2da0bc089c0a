import Basics

/// Records (JSON, lines of JSON, rows of a table) as text: a paragraph each, a line `name: value` for each member.
enum RecordText {
  struct Fault: Error {
    let detail: String
  }

  static func read(_ text: String, _ format: DocumentFormat) throws(Fault) -> String {
    switch format {
    case .json: try paragraphs(of: parse(text, "the text"))
    case .jsonl: try lines(text)
    default: rows(text)
    }
  }

  private static func parse(_ text: String, _ what: String) throws(Fault) -> JSON {
    do throws(JSONError) {
      return try JSON.parse(text)
    } catch {
      throw Fault(detail: "\(what) is not valid JSON: \(error.reason) at byte \(error.position)")
    }
  }

  private static func lines(_ text: String) throws(Fault) -> String {
    var paragraphs: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where line.contains(where: { !$0.isWhitespace }) {
      paragraphs.append(describe(try parse(String(line), "line \(index + 1)")))
    }
    return paragraphs.joined(separator: "\n\n")
  }

  private static func paragraphs(of json: JSON) -> String {
    guard let array = json.array else { return describe(json) }
    return array.map { describe($0) }.joined(separator: "\n\n")
  }

  /// Every value that has text, with the names that lead to it.
  private static func describe(_ json: JSON) -> String {
    var lines: [String] = []
    add(json, path: "", to: &lines)
    return lines.joined(separator: "\n")
  }

  private static func add(_ json: JSON, path: String, to lines: inout [String]) {
    func line(_ value: String) { lines.append(path.isEmpty ? value : "\(path): \(value)") }
    switch json {
    case .null: break
    case .string(let text): line(text)
    case .bool, .integer, .number: line(json.text)
    case .array(let elements):
      // Most lists are short and of plain values, which read best on one line.
      let plain = elements.compactMap { $0.string ?? ($0.number == nil ? nil : $0.text) }
      if plain.count == elements.count {
        if !plain.isEmpty { line(plain.joined(separator: ", ")) }
      } else {
        for element in elements { add(element, path: path, to: &lines) }
      }
    case .object(let object):
      for member in object.members {
        add(member.value, path: path.isEmpty ? member.name : "\(path).\(member.name)", to: &lines)
      }
    }
  }

  /// Rows below a head, as RFC 4180 has them, with the separator that the head has most of.
  private static func rows(_ text: String) -> String {
    var rows = TableRows(text)
    guard let head = rows.next() else { return "" }
    var paragraphs: [String] = []
    while let row = rows.next() {
      let lines = row.enumerated().compactMap { index, value -> String? in
        guard !value.isBlank else { return nil }
        let name = index < head.count && !head[index].isEmpty ? head[index] : "column \(index + 1)"
        return "\(name): \(value)"
      }
      if !lines.isEmpty { paragraphs.append(lines.joined(separator: "\n")) }
    }
    return paragraphs.isEmpty ? head.joined(separator: ", ") : paragraphs.joined(separator: "\n\n")
  }
}

/// The rows of a table in text, one after the other. What is not quoted as it should be is taken as it stands.
struct TableRows {
  private let bytes: [UInt8]
  private var position = 0
  private let separator: UInt8

  init(_ text: String) {
    bytes = Array(text.utf8)
    let head = bytes.prefix { $0 != UInt8(ascii: "\n") }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    // The first of equals: a table of one column has none of them.
    separator =
      candidates.reversed().max { left, right in
        head.count { $0 == left } < head.count { $0 == right }
      } ?? UInt8(ascii: ",")
  }

  /// The fields of the next row that has any; nil at the end.
  mutating func next() -> [String]? {
    while position < bytes.count {
      let row = row()
      if row.count > 1 || !(row.first ?? "").isEmpty { return row }
    }
    return nil
  }

  private mutating func row() -> [String] {
    var fields: [String] = []
    while true {
      fields.append(field())
      guard position < bytes.count else { return fields }
      let end = bytes[position]
      position += 1
      if end != separator { return fields }
      if position == bytes.count { return fields + [""] }
    }
  }

  /// Reads a field and stops at the separator or the line's end behind it.
  private mutating func field() -> String {
    var field: [UInt8] = []
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      position += 1
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if position < bytes.count, bytes[position] == byte {
          field.append(byte)
          position += 1
        } else {
          break
        }
      }
    }
    while position < bytes.count, bytes[position] != separator, bytes[position] != UInt8(ascii: "\n") {
      if bytes[position] != UInt8(ascii: "\r") { field.append(bytes[position]) }
      position += 1
    }
    return String(decoding: field, as: UTF8.self)
  }
}
