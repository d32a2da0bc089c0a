import API
import Glibc
import Providers
import Realtime
import TestKit
import Testing

@testable import AgentHub

/// The tables of the README and of the pages it leads to are made from the code's. To renew them: `UPDATE_README=1 swift test --filter ReadmeTests`.
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
  func `S001-14 S003-20 a table that users read is the code's`(mark: String) throws {
    let table = try #require(Self.tables.first { $0.mark == mark }).text()
    let (start, end) = ("<!-- table: \(mark) -->\n", "<!-- end of table -->")
    let (path, text) = try #require(
      Self.pages.first { $0.text.firstRange(of: start) != nil }, "No page has a mark \(start)")
    let head = try #require(text.firstRange(of: start))
    let tail = try #require(text[head.upperBound...].firstRange(of: end), "\(path) has no mark \(end)")
    guard text[head.upperBound..<tail.lowerBound] != table else { return }
    if getenv("UPDATE_README") != nil {
      let renewed = text[..<head.upperBound] + table + text[tail.lowerBound...]
      #expect(Repository.write(String(renewed), to: path))
    } else {
      Issue.record("\(path)'s \(mark) differ. Renew: UPDATE_README=1 swift test --filter ReadmeTests")
    }
  }

  /// What users read: the README, and what it leads to.
  private static var pages: [(path: String, text: String)] {
    (["README.md"] + Repository.files(below: "Documentation", ending: ".md")).compactMap { path in
      Repository.text(of: path).map { (path, $0) }
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
  func `S001-24 S002-05 S004-23 users read how it is started, asked and set up`(id: String) throws {
    let pages = Self.pages
    for words in try #require(Self.steps.first { $0.id == id }).words {
      #expect(pages.contains { $0.text.firstRange(of: words) != nil }, "\(words)")
    }
  }

  @Test func `every link between the pages leads to a place that is there`() {
    let pages = Self.pages
    var count = 0
    for (path, text) in pages {
      let folder =
        path.contains("/") ? path.split(separator: "/").dropLast().joined(separator: "/") + "/" : ""
      for part in text.split(separator: "](").dropFirst() {
        let link = part.prefix { $0 != ")" }
        guard !link.hasPrefix("http"), !link.hasPrefix("data:") else { continue }
        count += 1
        let pieces = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let target =
          pieces[0].isEmpty
          ? path : pieces[0].hasPrefix("../") ? String(pieces[0].dropFirst(3)) : folder + pieces[0]
        #expect(Repository.exists(target), "\(path) leads to \(link)")
        guard pieces.count == 2 else { continue }
        let anchors = (Repository.text(of: target) ?? "").split(separator: "\n").filter { $0.hasPrefix("#") }
          .map(Self.anchor)
        #expect(anchors.contains(String(pieces[1])), "\(path) leads to \(link)")
      }
    }
    #expect(count > 10)
  }

  /// The name of a heading in addresses, as GitHub makes it.
  private static func anchor(_ heading: Substring) -> String {
    let text = heading.drop { $0 == "#" || $0 == " " }.lowercased()
    return String(
      text.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }.map { $0 == " " ? "-" : $0 })
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
