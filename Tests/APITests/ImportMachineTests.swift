import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

struct ImportMachineTests {
  private static let conversation =
    #"{"conversation":{"id":"c","title":"T","createdAt":"2026-11-21T09:30:00Z"}}"#
  private static func message(_ id: String, _ more: String = "") -> String {
    #"{"message":{"id":"\#(id)","role":"user","type":"message","text":"x","createdAt":"2026-11-21T09:30:00Z"\#(more)}}"#
  }
  private static func end(_ count: Int) -> String { #"{"end":{"conversation":"c","messages":\#(count)}}"# }

  private func actions(_ lines: [String]) -> [ImportMachine.Action] {
    var machine = ImportMachine()
    return lines.flatMap { machine.take(Array($0.utf8)) } + machine.finish()
  }

  @Test func `a conversation is handed out at its end`() throws {
    let found = actions([
      #"{"export":{"format":"agenthub","version":1}}"#, "", Self.conversation, Self.message("a"),
      Self.message("b", #","parent":"a","step":"s","parts":[1],"run":"r","agent":null"#), Self.end(2),
    ])
    guard found.count == 1, case .store(let stored, line: 3) = found[0] else { throw TestFailure("\(found)") }
    #expect(stored.id == Identifier("c"))
    #expect(stored.title == "T")
    #expect(stored.updatedAt == stored.createdAt)
    #expect(stored.messages.map(\.id.text) == ["a", "b"])
    #expect(stored.messages[1].parent == Identifier("a"))
    #expect(stored.messages[1].parts == [1])
    #expect(stored.messages[1].step == "s")
  }

  @Test func `a message without parts has none, however that is written`() throws {
    let found = actions([
      Self.conversation, Self.message("a", #","parts":null"#), Self.message("b"), Self.end(2),
    ])
    guard case .store(let stored, line: _) = found.first else { throw TestFailure("\(found)") }
    #expect(stored.messages.map(\.parts) == [nil, nil])
  }

  @Test(arguments: [
    ([conversation, message("a")], "import_cut", 2), ([conversation, message("a"), end(2)], "import_cut", 3),
    ([conversation, message("a"), message("a"), end(2)], "import_message_repeated", 3),
    ([conversation, "{", end(0)], "import_line_invalid", 2),
    ([conversation, "[1]"], "import_line_invalid", 2),
    ([conversation, "{}"], "import_line_invalid", 2),
    ([conversation, #"{"run":{}}"#], "import_line_unknown", 2),
    ([message("a")], "import_line_unexpected", 1), ([end(0)], "import_line_unexpected", 1),
    ([#"{"conversation":{"id":"c"}}"#, message("a"), end(1)], "import_conversation_invalid", 1),
    ([#"{"conversation":{"id":"","createdAt":"2026-11-21"}}"#], "import_conversation_invalid", 1),
    ([#"{"conversation":7}"#], "import_conversation_invalid", 1),
    ([conversation, #"{"message":{"id":"a"}}"#, end(1)], "import_message_invalid", 2),
    (
      [
        conversation,
        #"{"message":{"id":"a b","role":"user","type":"message","text":"x","createdAt":"2026-11-21"}}"#,
      ], "import_message_invalid", 2
    ),
    (
      [
        conversation,
        #"{"message":{"id":"a","role":"king","type":"message","text":"x","createdAt":"2026-11-21"}}"#,
      ], "import_message_invalid", 2
    ),
  ])
  func `what is not whole is refused once, with its line`(lines: [String], code: String, line: Int) throws {
    let found = actions(lines)
    guard found.count == 1, case .refuse(let refusal) = found[0] else { throw TestFailure("\(found)") }
    #expect(refusal.code == code)
    #expect(refusal.line == line)
  }

  @Test func `the conversation behind a refused one comes in`() {
    let found = actions([
      Self.conversation, "x", Self.message("a"), Self.end(1), Self.conversation, Self.end(0),
    ])
    #expect(found.count == 2)
    if case .store(let stored, line: 5) = found.last {
      #expect(stored.messages.isEmpty)
    } else {
      Issue.record("\(found)")
    }
    // A conversation that is cut by the next one.
    let cut = actions([Self.conversation, Self.message("a"), Self.conversation, Self.end(0)])
    #expect(cut.count == 2)
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(2))))
  func `a long conversation costs no more for each message than a short one`() {
    let lines = (0..<20_000).map { Array(Self.message("m\($0)").utf8) }
    // With a copy of all messages for each it was half a minute.
    let isMet = TimeLimit.isMet(.seconds(10)) {
      var machine = ImportMachine()
      var actions = machine.take(Array(Self.conversation.utf8))
      let time = ContinuousClock().measure { for line in lines { actions += machine.take(line) } }
      actions += machine.take(Array(Self.end(lines.count).utf8))
      #expect(actions.count == 1)
      return time
    }
    #expect(isMet)
  }

  @Test func `lines are the same however the bytes come`() {
    let bytes = Array("a\n\nbc\r\nd".utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var cutter = LineCutter()
        var lines = cutter.take(Array(bytes[..<first])) + cutter.take(Array(bytes[first..<second]))
        lines += cutter.take(Array(bytes[second...]))
        lines.append(cutter.finish())
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["a", "", "bc\r", "d"])
      }
    }
  }

  @Test(arguments: [
    ("Wonders of the World", "Wonders-of-the-World"), ("../../etc/passwd", "etc-passwd"),
    ("a\"; x=\"b", "a-x-b"),
    ("a\r\nSet-Cookie: b", "a-Set-Cookie-b"), ("東京", "conversation"), ("", "conversation"),
    ("...", "conversation"),
    (String(repeating: "long ", count: 40), "long-long-long-long-long-long-long-long-long-long-long-long"),
  ])
  func `a title becomes a file name that harms nobody`(title: String, name: String) {
    #expect(ExportForm.markdown.disposition(title: title) == "attachment; filename=\"\(name).md\"")
  }
}
