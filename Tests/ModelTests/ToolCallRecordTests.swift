import Basics
import Model
import Testing

struct ToolCallRecordTests {
  private static func call(_ arguments: String = #"{"a":1}"#) -> ToolCallRecord {
    ToolCallRecord(
      run: Identifier("r"), number: 2, round: 1, call: ToolCall(id: "c", name: "f", arguments: arguments),
      createdAt: Timestamp(milliseconds: 0))
  }

  @Test func `its events say which call it is, and how it went`() {
    var call = Self.call()
    call.status = .running
    call.startedAt = Timestamp(milliseconds: 10)
    #expect(
      call.eventBody
        == .other(.toolStarted, ["call": 2, "id": "c", "tool": "f", "round": 1, "arguments": ["a": 1]]))
    call.status = .completed
    call.finishedAt = Timestamp(milliseconds: 15)
    call.result = [.text("ok")]
    call.resultBytes = 2
    #expect(
      call.eventBody
        == .other(
          .toolCompleted,
          ["call": 2, "id": "c", "tool": "f", "round": 1, "ms": 5, "result": "ok", "resultBytes": 2]))
    #expect(Self.call().request == ["call": 2, "id": "c", "tool": "f", "round": 1, "arguments": ["a": 1]])
  }

  @Test func `events show a beginning of what is long, those who decide see all`() {
    var call = Self.call(#"{"a":"\#(String(repeating: "é", count: 4000))"}"#)
    call.status = .running
    guard case .other(_, let body) = call.eventBody else { return #expect(Bool(false)) }
    #expect((body["arguments"]?.string?.utf8.count ?? 0) <= ToolCallRecord.shownBytes + 3)
    #expect(call.request["arguments"]?["a"]?.string?.count == 4000)
  }

  @Test(
    arguments: [
      (["tools": ["a", ["name": "b", "approval": "always", "settings": ["x": 1]]]], nil),
      (["tools": "a"], "config.tools"), (["tools": ["a b"]], "config.tools[0].name"),
      (["tools": ["a", "a"]], "config.tools[1]"),
      (["tools": [["name": "a", "approval": "x"]]], "config.tools[0].approval"),
      (["tools": [["name": "a", "settings": 5]]], "config.tools[0].settings"),
      (["maxToolRounds": 0], "config.maxToolRounds"), (["maxHistory": 0], "config.maxHistory"),
      (["maxHistory": 201], "config.maxHistory"),
    ] as [(JSONObject, String?)])
  func `an agent lists its tools`(config: JSONObject, fault: String?) throws {
    do {
      let configuration = try AgentConfiguration(config)
      #expect(fault == nil)
      #expect(
        configuration.tools == [
          ToolGrant(name: "a"), ToolGrant(name: "b", approval: .always, settings: ["x": 1]),
        ])
      #expect(configuration.maxToolRounds == 8)
    } catch {
      #expect(error.field == fault, "\(error)")
    }
  }
}
