import TestKit
import Testing

/// The rows of the checklist of the replaced systems: each has a test that names its id, or a row in `Tests/README.md` that says why not.
struct ChecklistTests {
  /// How many rows each system's list has.
  private static let counts = ["S000": 41, "S001": 25, "S002": 46, "S003": 51, "S004": 40]

  private static let all = Set(
    counts.flatMap { system, count in (1...count).map { "\(system)-\($0 < 10 ? "0" : "")\($0)" } })

  /// The ids in the names of tests, by file.
  private static let tested = Set(SwiftSource.tests.flatMap { source in source.lines.flatMap(named) })
    .union(triedInBrowser)

  /// The ids of what is tried in a browser: such a test's first line is a string of them.
  private static let triedInBrowser = Set(
    (Repository.text(of: "Tests/BrowserTests/browser_tests.py") ?? "").split(separator: "\n").flatMap {
      line in line.hasPrefix("    \"\"\"S00") ? ids(in: line.dropFirst(7)) : []
    })

  /// The ids of the table.
  private static let excused = Set(
    (Repository.text(of: "Tests/README.md") ?? "").split(separator: "\n").compactMap { line in
      line.hasPrefix("| S00") ? ids(in: line.dropFirst(2).prefix(8)).first : nil
    })

  @Test func `every row has a test that names it, or says why it has none`() {
    #expect(Self.all.count == 203)
    let missing = Self.all.subtracting(Self.tested).subtracting(Self.excused)
    #expect(
      missing.isEmpty,
      "Name these in a test that proves them, or in the table of Tests/README.md: \(missing.sorted())")
  }

  @Test func `no row has both a test and an excuse`() {
    let both = Self.tested.intersection(Self.excused)
    #expect(both.isEmpty, "Take these from the table of Tests/README.md: \(both.sorted())")
  }

  @Test func `no test and no excuse names a row that is not there`() {
    let strange = Self.tested.union(Self.excused).subtracting(Self.all)
    #expect(strange.isEmpty, "There are no such rows: \(strange.sorted())")
  }

  @Test(arguments: [
    ("  @Test func `S000-01 S004-40: it works`() {", ["S000-01", "S004-40"]),
    ("  func `S002-24, S002-25 x`(", ["S002-24", "S002-25"]), ("    `S003-11 x`()", ["S003-11"]),
    ("  // S000-12: a comment", []),
    ("  func `it works like S0-1 and XS000-01`()", []), ("  func `S000-123`()", []),
  ])
  func `ids are read from names of tests only`(line: String, expected: [String]) {
    #expect(Self.named(in: line) == expected)
  }

  private static let parts: [(part: String, source: String, test: String)] = [
    ("key manager", "Providers/Keys/KeyPoolMachine", "ProvidersTests/Keys/KeyPoolMachineTests"),
    ("client", "Providers/ProviderClient", "ProvidersTests/ProviderClientTests"),
    ("agent registry", "Storage/AgentStore", "StorageTests/AgentStoreTests"),
    ("SQL executor", "Datasets/Query/QueryRule", "DatasetsTests/QueryRuleTests"),
    ("Python executor", "Sandbox/PythonSandbox", "SandboxTests/PythonRunTests"),
    ("orchestrator", "Pipelines/Plan/PipelineMachine", "PipelinesTests/Plan/PipelineMachineTests"),
    ("chat route", "API/Routes/InsightXRoutes", "APITests/Surfaces/InsightXFlowTests"),
  ]

  @Test(arguments: parts.map(\.part))
  func `S001-23 every component is there, with tests of its own`(part: String) throws {
    let row = try #require(Self.parts.first { $0.part == part })
    #expect(Repository.text(of: "Sources/\(row.source).swift") != nil)
    #expect(Repository.text(of: "Tests/\(row.test).swift")?.contains("@Test") == true)
  }

  /// The ids in the name of the test that a line declares.
  private static func named(in line: String) -> [String] {
    let parts = line.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
    // A long name stands on a line of its own.
    guard parts.count == 3, parts[0].hasSuffix("func ") || parts[0].allSatisfy({ $0 == " " }) else {
      return []
    }
    return ids(in: parts[1])
  }

  /// The ids that stand in a text as words: `S002-07`.
  private static func ids(in text: some StringProtocol) -> [String] {
    String(text).split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init).filter { word in
      let bytes = Array(word.utf8)
      return bytes.count == 7 && word.hasPrefix("S00") && bytes[4] == UInt8(ascii: "-")
        && bytes[3].isDigit && bytes[5].isDigit && bytes[6].isDigit
    }
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
