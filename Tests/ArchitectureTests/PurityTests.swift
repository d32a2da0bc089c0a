import Testing

struct PurityTests {
  /// Words a pure room must not know: threads, clocks, randomness, the kernel.
  static let impureWords: Set<Substring> = [
    "Glibc", "CLinux", "Synchronization", "Task", "TaskGroup", "withTaskGroup", "ContinuousClock",
    "SuspendingClock",
    "SystemRandomNumberGenerator", "randomElement", "shuffled", "shuffle", "readLine", "getenv",
  ]

  static func impurities(in source: SwiftSource) -> [Violation] {
    source.codeLines.enumerated().flatMap { index, line in
      var found = SwiftSource.words(of: line).filter { Self.impureWords.contains($0) }.map(String.init)
      if line.contains(".random(") { found.append(".random()") }
      return found.map { Violation(path: source.path, line: index + 1, detail: $0) }
    }
  }

  @Test(arguments: [
    "import Glibc", "let t = Task { }", "let n = Int.random(in: 0...1)", "let now = ContinuousClock.now",
  ])
  func `an impure line is found`(line: String) {
    #expect(Self.impurities(in: SwiftSource(path: "Sources/Wire/X.swift", text: line)).count == 1)
  }

  @Test func `a comment or a literal about the world is no impurity`() {
    let text = "// a Task of its own\nlet name = \"ContinuousClock \\(random: 1)\"\nlet TaskList = 1"
    #expect(Self.impurities(in: SwiftSource(path: "Sources/Wire/X.swift", text: text)).isEmpty)
  }

  @Test func `pure rooms know no kernel, thread, clock or chance`() {
    let pure = Set(PackageDiagram.ours.rooms.filter { $0.maker == "pure" }.map(\.name))
    let violations = SwiftSource.all.filter { pure.contains($0.room) }.flatMap { Self.impurities(in: $0) }
    expectNone(
      violations,
      "Pure rooms (\(pure.sorted())) take time and chance as parameters. Move the effect to a driver in a higher room:"
    )
  }

  @Test func `machines outside pure rooms are pure too`() {
    let machines = SwiftSource.all.filter { $0.stem.hasSuffix("Machine") || $0.stem.hasSuffix("Parser") }
    let violations = machines.flatMap { Self.impurities(in: $0) }
    expectNone(
      violations, "A …Machine takes facts and gives actions; a …Parser takes bytes. Let the …Driver do this:")
  }

  @Test func `nothing imports Foundation`() {
    let found = (SwiftSource.all + SwiftSource.tests).flatMap { source in
      source.imports.filter { $0.module.hasPrefix("Foundation") }
        .map { Violation(path: source.path, line: $0.line, detail: $0.module) }
    }
    expectNone(found, "Foundation costs 44 MB in the binary; use Glibc and Basics:")
  }
}
