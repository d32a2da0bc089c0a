import Testing

struct DocumentationTests {
  /// Package declarations that a reader of another room meets without a word about them.
  ///
  /// A stored property or a plain initialiser speaks through its name and its type's comment; what a protocol asks
  /// for is documented there; one comment covers the run of one-line declarations directly below it.
  static func undocumented(in source: SwiftSource, requirements: Set<Substring> = []) -> [Violation] {
    source.codeLines.indices.compactMap { index in
      let line = source.codeLines[index]
      guard let declaration = self.packageDeclaration(line), !self.speaksForItself(declaration, line: line),
        !declaration.dropFirst().contains(where: requirements.contains),
        !self.hasComment(above: index, in: source)
      else { return nil }
      return Violation(path: source.path, line: index + 1, detail: declaration.joined(separator: " "))
    }
  }

  /// The words from the kind of declaration on (`func`, `start`), when the line declares something for other rooms.
  private static func packageDeclaration(_ line: String) -> [Substring]? {
    let words = SwiftSource.words(of: line)
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "actor", "protocol", "typealias", "func", "var", "let", "init", "subscript",
      "macro",
    ]
    guard let access = words.firstIndex(of: "package"), access <= 3, !words.contains("import"),
      let kind = words.firstIndex(where: { kinds.contains($0) }), kind > access
    else { return nil }
    // `class func` and `static let` are named by their second word.
    let start =
      words[kind] == "class" && words.count > kind + 1 && kinds.contains(words[kind + 1]) ? kind + 1 : kind
    let isStatic = words[access..<start].contains { $0 == "static" || $0 == "class" }
    return (isStatic ? ["static"] : []) + words[start...].prefix(2)
  }

  private static func speaksForItself(_ declaration: [Substring], line: String) -> Bool {
    let required: Set<Substring> = [
      "description", "debugDescription", "hash", "code", "message", "hint", "unownedExecutor", "enqueue",
      "asUnownedSerialExecutor", "asUnownedTaskExecutor", "isIsolatingCurrentContext", "checkIsolated",

    ]
    switch declaration[0] {
    case "init": return !line.contains("init?") && !line.contains("throws")
    case "var", "let":
      return !line.contains("{") || declaration.count > 1 && required.contains(declaration[1])
    case "func": return declaration.count > 1 && required.contains(declaration[1])
    case "static": return line.contains("func <") || line.contains("func ==")
    default: return false
    }
  }

  /// The names that protocols of ours ask for; their comments stand at the protocol.
  static func requirements(of sources: [SwiftSource]) -> Set<Substring> {
    var names: Set<Substring> = []
    for source in sources {
      var isInside = false
      for line in source.codeLines {
        let words = SwiftSource.words(of: line)
        if words.contains("protocol") && line.contains("{") { isInside = true }
        if line.hasPrefix("}") || line.hasSuffix("{}") { isInside = false }
        guard isInside, let kind = words.firstIndex(where: { ["func", "var"].contains($0) }),
          kind + 1 < words.count
        else { continue }
        names.insert(words[kind + 1])
      }
    }
    return names
  }

  /// Attributes may stand between the comment and the declaration.

  private static func hasComment(above index: Int, in source: SwiftSource) -> Bool {
    var line = index - 1
    while line >= 0 {
      let text = source.lines[line].drop { $0 == " " }
      if text.hasPrefix("///") { return true }
      let isSibling = self.packageDeclaration(source.codeLines[line]) != nil && !text.hasSuffix("{")
      guard text.hasPrefix("@") || text.hasPrefix("//") || isSibling else { return false }
      line -= 1
    }
    return false
  }

  @Test(
    arguments: [
      "package struct A {}", "  package static let limit = 1", "package func start()",
      "package mutating func next() {",
      "  package var isOpen: Bool { true }", "package init?(text: String) {", "@inlinable package func f() {",
      "package final class B {", "package nonisolated(unsafe) static var c: Int { 1 }",
    ])
  func `a bare package declaration is found`(line: String) {
    #expect(Self.undocumented(in: SwiftSource(path: "x", text: "\n" + line)).count == 1)
    #expect(Self.undocumented(in: SwiftSource(path: "x", text: "/// Does it.\n@inlinable\n" + line)).isEmpty)
  }

  @Test(
    arguments: [
      "package import Basics", "let package = Package(", "  package var name: String",
      "package init(name: String) {",
      "func inner() {}", "package static func < (left: Self, right: Self) -> Bool {",
      "package private(set) var bytes: [UInt8] = []", "package var code: String { \"x\" }",
    ])
  func `what needs no comment of its own is let be`(line: String) {
    #expect(Self.undocumented(in: SwiftSource(path: "x", text: line)).isEmpty)
  }

  @Test func `what a protocol asks for is documented there`() {
    let text = """
      /// Sees.
      package protocol Watcher {
        /// Something was seen.
        func saw(_ thing: Int)
      }
      package struct Eye: Watcher {
        package func saw(_ thing: Int) {
        }
        package func blink() {
        }
      }
      """
    let source = SwiftSource(path: "x", text: text)
    let found = Self.undocumented(in: source, requirements: Self.requirements(of: [source]))
    #expect(found.map(\.detail) == ["struct Eye", "func blink"])
  }

  @Test func `one comment covers the lines directly below it, and no more`() {
    let text = """
      /// The methods of RFC 9110.
      package static let get = 1
      package static let put = 2

      package static let patch = 3
      """
    #expect(Self.undocumented(in: SwiftSource(path: "x", text: text)).map(\.line) == [5])
  }

  @Test func `every package declaration says what it is for`() {
    let requirements = Self.requirements(of: SwiftSource.all)
    let found = SwiftSource.all.flatMap { Self.undocumented(in: $0, requirements: requirements) }
    expectNone(found, "Write one short sentence above each with ///, about its purpose, not its type:")
  }

  @Test func `no comment leaves work behind`() {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]
    let found = (SwiftSource.all + SwiftSource.tests).flatMap { source in
      source.lines.enumerated().compactMap { index, line in
        marks.first { line.contains($0) }.map { Violation(path: source.path, line: index + 1, detail: $0) }
      }
    }
    expectNone(found, "Do it, or write an issue:")
  }
}
