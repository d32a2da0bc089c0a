import Basics

/// A settings file's lines: `NAME=value` under the names of the environment, blank lines and `#` comments.
struct SettingsFile: Sendable {
  struct Entry: Sendable {
    let name: String
    let value: String
    let line: Int
  }

  let path: String
  let entries: [Entry]

  /// Reads the text of a file. A value may stand in single or double quotes, which keep blanks and `#`;
  /// `export ` before a name is allowed, so that a shell can read the same file.
  ///
  /// - Throws: `bad_file_line`.
  init(path: String, text: String) throws(LaunchError) {
    var entries: [Entry] = []
    for (index, rawLine) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = rawLine.trimmed
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      guard let (name, value) = Self.assignment(line) else {
        throw LaunchError(
          .badFileLine, "Line \(index + 1) of \(path) is not NAME=value.",
          hint: "Write one setting a line; begin a comment with #.")
      }
      if let earlier = entries.first(where: { $0.name == name }) {
        throw LaunchError(
          .badFileLine, "\(path) sets \(name) twice, in lines \(earlier.line) and \(index + 1).",
          hint: "Keep one of them.")
      }
      entries.append(Entry(name: name, value: value, line: index + 1))
    }
    self.path = path
    self.entries = entries
  }

  private static func assignment(_ line: String) -> (name: String, value: String)? {
    let line = line.hasPrefix("export ") ? line.dropFirst("export ".count) : line[...]
    guard let equals = line.firstIndex(of: "=") else { return nil }
    let name = line[..<equals].trimmed
    let isName = !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    guard isName, let value = Self.value(line[line.index(after: equals)...]) else { return nil }
    return (name, value)
  }

  private static func value(_ raw: Substring) -> String? {
    let text = raw.trimmed
    guard let quote = text.first, quote == "\"" || quote == "'" else {
      // As in a shell, a # begins a comment only after a blank: a password may hold one.
      let comment = raw.indices.first { raw[$0...].hasPrefix(" #") || raw[$0...].hasPrefix("\t#") }
      return raw[..<(comment ?? raw.endIndex)].trimmed
    }
    let inside = text.dropFirst()
    guard let end = inside.firstIndex(of: quote) else { return nil }
    let rest = inside[inside.index(after: end)...].trimmed
    return rest.isEmpty || rest.hasPrefix("#") ? String(inside[..<end]) : nil
  }
}
