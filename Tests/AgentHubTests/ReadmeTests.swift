import API
import Glibc
import Providers
import Realtime
import TestKit
import Testing

@testable import AgentHub

/// The README's tables are made from the code's. To renew them: `UPDATE_README=1 swift test --filter ReadmeTests`.
@Suite(.serialized) struct ReadmeTests {
  static let tables: [(mark: String, text: @Sendable () -> String)] = [
    (
      "commands",
      {
        Self.table(["command", ""], AgentHub.CommandTable.all.map { ["`agenthub \($0.name)`", $0.summary] })
      }
    ),
    (
      "settings",
      {
        Self.table(
          ["flag", "environment and file", "default", "meaning"],
          SettingTable.all.map { setting in
            let standard = setting.standard.isEmpty ? "" : "`\(setting.standard)`"
            return ["`\(setting.flag)`", "`\(setting.variable)`", standard, setting.meaning]
          })
      }
    ),
    (
      "provider variables",
      {
        Self.table(
          ["variable", "meaning"],
          ProviderVariable.all.map {
            ["`\($0.name)`" + ($0.isPooled ? ", `_1` … `_20`, `\($0.name)S`" : ""), $0.meaning]
          })
      }
    ),
    (
      "routes",
      {
        Self.table(
          ["method", "path", ""], Composition().routes.map { [$0.method, "`\($0.path)`", $0.meaning] })
      }
    ),
    (
      "providers",
      {
        Self.table(
          ["provider", ""],
          ProviderTable.rows.map { ["`\($0.name)`", $0.summary] })
      }
    ),
    (
      "socket commands",
      { Self.table(["command", ""], Realtime.CommandTable.summaries.map { ["`\($0.name)`", $0.summary] }) }
    ),
    (
      "close codes",
      {
        Self.table(
          ["code", "reason", "come back and resume"],
          CloseReason.allCases.map { ["\($0.code)", $0.text, $0.canResume ? "yes" : "no"] })
      }
    ),
  ]

  @Test(arguments: tables.map(\.mark))
  func `S001-14 S003-20 a table of the README is the code's`(mark: String) throws {
    let table = try #require(Self.tables.first { $0.mark == mark }).text()
    let readme = try #require(Repository.text(of: "README.md"))
    let (start, end) = ("<!-- table: \(mark) -->\n", "<!-- end of table -->")
    let head = try #require(readme.firstRange(of: start), "README.md has no mark \(start)")
    let tail = try #require(readme[head.upperBound...].firstRange(of: end), "README.md has no mark \(end)")
    guard readme[head.upperBound..<tail.lowerBound] != table else { return }
    if getenv("UPDATE_README") != nil {
      let renewed = readme[..<head.upperBound] + table + readme[tail.lowerBound...]
      #expect(Repository.write(String(renewed), to: "README.md"))
    } else {
      Issue.record(
        "README.md's \(mark) differ. Renew: UPDATE_README=1 swift test --filter ReadmeTests")
    }
  }

  static let steps: [(id: String, words: [String])] = [
    (
      "S001-24",
      ["localhost:8000/api/chat/stream", "localhost:8000/chat/stream", "localhost:8000/internal/chat/stream"]
    ),
    (
      "S002-05",
      [
        "bedrock:InvokeModelWithResponseStream", "access to the model", "AWS_ACCESS_KEY_ID=", "To check: ",
        "`provider_unauthorized`", "never leaves the process", "/api/usage?group=model",
      ]
    ),
    ("S004-23", ["Scripts/serve "]),
  ]

  @Test(arguments: steps.map(\.id))
  func `S001-24 S002-05 S004-23 the README says how it is started, asked and set up`(id: String) throws {
    let readme = try #require(Repository.text(of: "README.md"))
    for words in try #require(Self.steps.first { $0.id == id }).words {
      #expect(readme.firstRange(of: words) != nil, "\(words)")
    }
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    let lines = [head, head.map { _ in "---" }] + rows
    return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
  }
}

extension StringProtocol {
  /// The first place of a text in this one; the standard library has none for literals.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    for start in self.indices where self[start...].hasPrefix(text) {
      return start..<self.index(start, offsetBy: text.count)
    }
    return nil
  }
}
