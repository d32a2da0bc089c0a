import TestKit
import Testing

/// `Sources/README.md` names files and functions; they must be there.
struct MapTests {
  private static let map = Repository.text(of: "Sources/README.md") ?? ""

  @Test func `every file that the map names is there`() {
    let violations = Self.quoted(in: Self.map).filter { $0.hasSuffix(".swift") && $0.contains("/") }
      .filter { Repository.text(of: $0.hasPrefix("Sources/") ? $0 : "Sources/\($0)") == nil }
      .map { Violation(path: "Sources/README.md", line: 1, detail: "names \($0), which is not there") }
    expectNone(violations, "Correct the map:")
  }

  @Test func `every hop of a message is a function of its file`() {
    let hops = Self.map.split(separator: "\n").map {
      $0.split(separator: "|", omittingEmptySubsequences: false)
    }
    .filter { $0.count > 4 && Int($0[1].filter { $0 != " " }) != nil }
    #expect(hops.count > 12)
    var violations: [Violation] = []
    for hop in hops {
      guard let file = Self.quoted(in: hop[2]).first else { continue }
      let text = Repository.text(of: "Sources/\(file)") ?? ""
      for function in Self.quoted(in: hop[3]) where !text.contains("func \(function)") {
        violations.append(Violation(path: "Sources/\(file)", line: 1, detail: "has no function \(function)"))
      }
    }
    expectNone(violations, "Correct the way of a message in Sources/README.md:")
  }

  /// What stands between backquotes.
  private static func quoted(in text: some StringProtocol) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }
}
