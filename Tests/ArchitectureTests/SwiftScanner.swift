/// Tells code from comments and literals, so that a rule about code is not broken by a sentence about it.
struct SwiftScanner {
  private let bytes: [UInt8]
  private var position = 0
  /// The text with every comment and literal replaced by blanks; line breaks stay.
  private(set) var code: [UInt8]
  /// What stands between the quotes, interpolations left out, with the byte where each begins.
  private(set) var literals: [(start: Int, text: String)] = []

  init(_ text: String) {
    self.bytes = Array(text.utf8)
    self.code = self.bytes
    self.scanCode(insideInterpolation: false)
  }

  private mutating func scanCode(insideInterpolation: Bool) {
    var depth = 0
    while self.position < self.bytes.count {
      if self.sees("//") {
        self.blank(upTo: self.endOfLine)
      } else if self.sees("/*") {
        self.scanBlockComment()
      } else if self.sees("\"") {
        self.scanString(hashes: 0)
      } else if let hashes = self.hashesBeforeQuote() {
        self.scanString(hashes: hashes)
      } else {
        if self.sees("(") { depth += 1 }
        if self.sees(")") {
          if depth == 0 && insideInterpolation { return }
          depth -= 1
        }
        self.position += 1
      }
    }
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if self.sees("/*") { depth += 1 }
      if self.sees("*/") { depth -= 1 }
      self.blank(upTo: self.position + (self.sees("/*") || self.sees("*/") ? 2 : 1))
    } while depth > 0 && self.position < self.bytes.count
  }

  private mutating func scanString(hashes: Int) {
    let start = self.position
    let marks = String(repeating: "#", count: hashes)
    self.blank(upTo: self.position + hashes)
    let quote = self.sees("\"\"\"") ? "\"\"\"" : "\""
    self.blank(upTo: self.position + quote.count)
    var content: [UInt8] = []
    while self.position < self.bytes.count && !self.sees(quote + marks) {
      // An unclosed one-line literal ends with its line: a broken file must not hide the rest.
      if quote.count == 1 && self.bytes[self.position] == UInt8(ascii: "\n") { break }
      if self.sees("\\" + marks + "(") {
        self.blank(upTo: self.position + hashes + 2)
        self.scanCode(insideInterpolation: true)
        self.blank(upTo: self.position + 1)
        continue
      }
      let length = self.sees("\\" + marks) ? hashes + 2 : 1
      content += self.bytes[self.position..<min(self.position + length, self.bytes.count)]
      self.blank(upTo: self.position + length)
    }
    self.blank(upTo: self.position + quote.count + hashes)
    self.literals.append((start, String(decoding: content, as: UTF8.self)))
  }

  private func hashesBeforeQuote() -> Int? {
    let rest = self.bytes[self.position...]
    let hashes = rest.prefix { $0 == UInt8(ascii: "#") }.count
    guard hashes > 0, rest.dropFirst(hashes).first == UInt8(ascii: "\"") else { return nil }
    return hashes
  }

  private func sees(_ text: String) -> Bool { self.bytes[self.position...].starts(with: text.utf8) }

  private var endOfLine: Int {
    self.bytes[self.position...].firstIndex(of: UInt8(ascii: "\n")) ?? self.bytes.count
  }

  private mutating func blank(upTo end: Int) {
    for index in self.position..<min(end, self.bytes.count) where self.bytes[index] != UInt8(ascii: "\n") {
      self.code[index] = UInt8(ascii: " ")
    }
    self.position = min(end, self.bytes.count)
  }
}
