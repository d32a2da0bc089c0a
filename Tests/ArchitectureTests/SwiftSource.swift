import TestKit
import Testing

/// One Swift file as the rules read it: by lines, with and without its comments and literals.
struct SwiftSource: Sendable {
  /// A string literal and the line it begins in, from 1.
  struct Literal: Sendable {
    let line: Int
    let text: String
  }

  let path: String
  /// The lines as written.
  let lines: [String]
  /// The same lines with comments and literals blanked out.
  let codeLines: [String]
  let literals: [Literal]

  init(path: String, text: String) {
    let scanner = SwiftScanner(text)
    self.path = path
    self.lines = Self.split(text)
    self.codeLines = Self.split(String(decoding: scanner.code, as: UTF8.self))
    var line = 1
    var position = 0
    let bytes = Array(text.utf8)
    self.literals = scanner.literals.sorted { $0.start < $1.start }.map { literal in
      line += bytes[position..<literal.start].count { $0 == UInt8(ascii: "\n") }
      position = literal.start
      return Literal(line: line, text: literal.text)
    }
  }

  /// The file's name without its folder and ending.
  var stem: String { String(self.path.split(separator: "/").last?.split(separator: ".").first ?? "") }

  /// The target's folder: `Wire` for `Sources/Wire/HTTP/HTTPParser.swift`.
  var room: String {
    let parts = self.path.split(separator: "/")
    return parts.count > 1 ? String(parts[1]) : ""
  }

  /// The modules the file imports, each with its line.
  var imports: [(module: String, line: Int)] {
    let access: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    return self.codeLines.enumerated().compactMap { index, line in
      let words = line.split(separator: " ")
      guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
        words[..<place].allSatisfy({ $0.hasPrefix("@") || access.contains($0) })
      else { return nil }
      // `import struct Basics.JSON` names a kind first, and a declaration after the module.
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let name =
        kinds.contains(words[place + 1]) && place + 2 < words.count ? words[place + 2] : words[place + 1]
      return (String(name.split(separator: ".")[0]), index + 1)
    }
  }

  /// The identifiers and keywords of a code line.
  static func words(of line: String) -> [Substring] {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }

  /// Everything below `Sources`, read once.
  static let all: [SwiftSource] = read(below: "Sources")

  /// Everything below `Tests`, read once.
  static let tests: [SwiftSource] = read(below: "Tests")

  private static func read(below folder: String) -> [SwiftSource] {
    Repository.files(below: folder, ending: ".swift").compactMap { path in
      Repository.text(of: path).map { SwiftSource(path: path, text: $0) }
    }
  }

  private static func split(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

/// A place where a rule is broken, as `file:line`, for the message of a failed test.
struct Violation: CustomStringConvertible, Equatable {
  let path: String
  let line: Int
  let detail: String

  var description: String { "\(self.path):\(self.line): \(self.detail)" }
}

/// Fails the test with one line a violation, under a sentence that says what to do instead.
func expectNone(
  _ violations: [Violation], _ advice: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard !violations.isEmpty else { return }
  let list = violations.map { "  \($0)" }.joined(separator: "\n")
  Issue.record("\(advice)\n\(list)", sourceLocation: sourceLocation)
}
