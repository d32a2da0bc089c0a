import Testing

struct SafetyTests {
  static let traps = ["try!", "as!", "fatalError(", "unowned(unsafe)"]

  static func traps(in source: SwiftSource) -> [Violation] {
    source.codeLines.enumerated().flatMap { index, line in
      var found = Self.traps.filter { line.contains($0) }
      if Self.forcesUnwrap(line) { found.append("force unwrap") }
      return found.map { Violation(path: source.path, line: index + 1, detail: $0) }
    }
  }

  /// Whether a `!` follows a value directly, without being `!=` or the end of `try!` and `as!`.
  private static func forcesUnwrap(_ line: String) -> Bool {
    let letters = Array(line)
    return letters.indices.dropFirst().contains(where: { index in
      guard letters[index] == "!" else { return false }
      let before = letters[index - 1]
      guard before.isLetter || before.isNumber || ")]_\"".contains(before) else { return false }
      let isKeyword = ["try", "as"].contains(
        String(letters[..<index].reversed().prefix { $0.isLetter }.reversed()))
      let isComparison = index + 1 < letters.count && letters[index + 1] == "="
      return !isKeyword && !isComparison
    })
  }

  /// Places where the compiler's checks are switched off without a comment saying why that is right.
  static func unexplained(in source: SwiftSource) -> [Violation] {
    source.codeLines.indices.filter { self.isUnchecked(source.codeLines[$0]) }.filter { index in
      let near = source.lines[max(0, index - 3)...index]
      return !near.contains { $0.contains("//") }
    }
    .map { Violation(path: source.path, line: $0 + 1, detail: "without a reason") }
  }

  private static func isUnchecked(_ line: String) -> Bool {
    line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)")
  }

  @Test(
    arguments: [
      "let a = try! f()", "let a = b as! C", "fatalError()", "let a = b!", "let a = b()!.c", "var a: B!",
      "a[0]! += 1",
    ])
  func `a trap is found`(line: String) {
    #expect(Self.traps(in: SwiftSource(path: "x", text: line)).count == 1)
  }

  @Test(arguments: ["if a != b {", "if !a {", "let a = \"stop!\"", "// never b!", "a(!b)", "try? f()"])
  func `what only looks like a trap is none`(line: String) {
    #expect(Self.traps(in: SwiftSource(path: "x", text: line)).isEmpty)
  }

  @Test func `an unchecked promise needs its reason within three lines`() {
    let bare = "\n\n\nfinal class A: @unchecked Sendable {}"
    #expect(Self.unexplained(in: SwiftSource(path: "x", text: bare)).count == 1)
    #expect(
      Self.unexplained(in: SwiftSource(path: "x", text: "// Its lock guards all of it.\n\n" + bare)).count
        == 1)
    #expect(Self.unexplained(in: SwiftSource(path: "x", text: "// Its lock guards it." + bare)).isEmpty)
  }

  @Test func `sources do not trap`() {
    let found = SwiftSource.all.flatMap { Self.traps(in: $0) }
    expectNone(found, "Throw the room's error, or state a precondition with a sentence:")
  }

  @Test func `every unchecked promise says why it holds`() {
    let found = SwiftSource.all.flatMap { Self.unexplained(in: $0) }
    expectNone(found, "Write the reason beside it, or let the compiler check it:")
  }

  @Test func `unchecked promises stay few`() {
    let limit = 16
    let found = SwiftSource.all.flatMap { source in
      source.codeLines.indices.filter { Self.isUnchecked(source.codeLines[$0]) }
        .map { Violation(path: source.path, line: $0 + 1, detail: "unchecked") }
    }
    guard found.count > limit else { return }
    expectNone(found, "Confine the state to an actor or a lock instead of raising the limit of \(limit):")
  }
}
