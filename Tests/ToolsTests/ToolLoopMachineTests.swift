import Basics
import Model
import TestKit
import Testing
import Tools

struct ToolLoopMachineTests {
  static let schema: JSON = [
    "type": "object", "properties": ["n": ["type": "integer"]], "required": ["n"],
  ]

  static func machine(
    limits: ToolLoopMachine.Limits = ToolLoopMachine.Limits(), calls: [ToolCallRecord] = []
  ) -> ToolLoopMachine {
    ToolLoopMachine(
      run: Identifier("r"), agent: "Clerk",
      tools: [
        ("read", ToolLoopMachine.Terms(schema: schema)),
        ("write", ToolLoopMachine.Terms(schema: schema, needsApproval: true, fingerprint: "f")),
      ], limits: limits, calls: calls)
  }

  static func call(_ name: String, _ arguments: String = #"{"n":1}"#, id: String = "c") -> ToolCall {
    ToolCall(id: id, name: name, arguments: arguments)
  }

  private static let now = Timestamp(milliseconds: 5)

  @Test func `an answer without calls is the end, and so is one of an agent without tools`() {
    var machine = Self.machine()
    #expect(machine.step == .ask)
    #expect(machine.answered([], at: Self.now) == .end)
    var bare = ToolLoopMachine(run: Identifier("r"), agent: "Clerk", tools: [])
    #expect(bare.answered([Self.call("read")], at: Self.now) == .end)
    #expect(bare.calls.isEmpty)
  }

  @Test func `an answer that asks for a tool of the caller's is the end, whatever else it asks for`() {
    let tools = [("read", ToolLoopMachine.Terms(schema: Self.schema))]
    var machine = ToolLoopMachine(
      run: Identifier("r"), agent: "Clerk", tools: tools, callers: ["look_up", "read"])
    #expect(machine.answered([Self.call("read"), Self.call("look_up")], at: Self.now) == .end)
    #expect(machine.calls.isEmpty)
    // An agent's own tool keeps its name.
    #expect(machine.answered([Self.call("read")], at: Self.now) == .call)
  }

  @Test func `calls begin at once, and the model is asked when all have their results`() {
    var machine = Self.machine()
    #expect(
      machine.answered([Self.call("read", id: "a"), Self.call("read", id: "b")], at: Self.now) == .call)
    #expect(machine.begin(at: Self.now).map(\.number) == [1, 2])
    #expect(machine.begin(at: Self.now).isEmpty)
    let second = machine.finished(2, with: .text("two"), limit: 100, at: Self.now)
    #expect(second?.status == .completed && machine.step == .call)
    #expect(machine.finished(2, with: .text("again"), limit: 100, at: Self.now) == nil)
    let first = machine.failed(1, because: RunFailure(code: "x", message: "No."), at: Self.now)
    #expect(first?.status == .failed && first?.result == [.text("No.")])
    #expect(machine.step == .ask)
    let results = machine.calls.map(\.toolResult)
    #expect(results.map(\.call) == ["a", "b"] && results.map(\.isError) == [true, false])
    #expect(results.map(\.text) == ["No.", "two"])
  }

  @Test func `no more run at once than may`() {
    var machine = Self.machine(limits: ToolLoopMachine.Limits(atOnce: 2))
    _ = machine.answered((0..<5).map { Self.call("read", id: "\($0)") }, at: Self.now)
    #expect(machine.begin(at: Self.now).map(\.number) == [1, 2])
    _ = machine.finished(1, with: .text(""), limit: 10, at: Self.now)
    #expect(machine.begin(at: Self.now).map(\.number) == [3])
  }

  @Test(
    arguments: [
      (Self.call("reed"), "tool_unknown", "Tools: read, write."),
      (Self.call("read", #"{"n":"x"}"#), "tool_arguments_invalid", "arguments.n must be a whole number"),
      (Self.call("read", "{}"), "tool_arguments_invalid", "arguments.n is missing."),
      (
        ToolCall(id: "c", name: "read", arguments: #"{"n":"#, isValid: false), "tool_arguments_invalid",
        "no JSON object"
      ),
    ])
  func `a bad call is not made, and the model learns why`(call: ToolCall, code: String, words: String) {
    var machine = Self.machine()
    #expect(machine.answered([call], at: Self.now) == .ask)
    let record = machine.calls[0]
    #expect(record.status == .failed && record.error?.code == code && record.startedAt == nil)
    #expect(record.toolResult.isError && record.toolResult.text.contains(words), "\(record.toolResult.text)")
  }

  @Test func `calls beyond the limit of a round are refused`() {
    var machine = Self.machine(limits: ToolLoopMachine.Limits(calls: 2))
    #expect(machine.answered((0..<3).map { Self.call("read", id: "\($0)") }, at: Self.now) == .call)
    #expect(machine.calls.map(\.error?.code) == [nil, nil, "tool_calls_exceeded"])
  }

  @Test func `while one call waits for approval, none begins`() {
    var machine = Self.machine()
    #expect(machine.answered([Self.call("read"), Self.call("write")], at: Self.now) == .wait)
    #expect(machine.begin(at: Self.now).isEmpty)
    var calls = machine.calls
    #expect(calls.map(\.status) == [.ready, .waiting] && calls[1].fingerprint == "f")
    calls[1].approve(with: ["n": 2], at: Self.now)
    var later = Self.machine(calls: calls)
    #expect(later.step == .call)
    #expect(later.begin(at: Self.now).map(\.arguments) == [["n": 1], ["n": 2]])
    let done = later.finished(2, with: .text("done"), limit: 10, at: Self.now)
    #expect(done?.toolResult.text == "(Called with other arguments than asked for: {\"n\":2})\ndone")
  }

  @Test func `a denied call has its result, and the reason is in it`() {
    var machine = Self.machine()
    _ = machine.answered([Self.call("write")], at: Self.now)
    var calls = machine.calls
    calls[0].deny(because: "Not today.", at: Self.now)
    calls[0].approve(at: Self.now)
    #expect(calls[0].status == .denied)
    machine = Self.machine(calls: calls)
    #expect(machine.step == .ask)
    #expect(calls[0].toolResult.text == "The call was not allowed. Reason: Not today.")
  }

  @Test func `after the last round the agent is named`() {
    var machine = Self.machine(limits: ToolLoopMachine.Limits(rounds: 2))
    for _ in 0..<2 { #expect(machine.answered([Self.call("reed")], at: Self.now) == .ask) }
    guard case .fail(let error) = machine.answered([Self.call("read")], at: Self.now) else {
      return #expect(Bool(false))
    }
    #expect(
      error.code == "tool_rounds_exhausted" && error.message.contains("Clerk") && error.message.contains("2"))
    #expect(machine.answered([], at: Self.now) == .end)
  }

  @Test func `what was stored goes on with its numbers`() {
    var machine = Self.machine()
    _ = machine.answered([Self.call("reed"), Self.call("reed")], at: Self.now)
    var later = Self.machine(limits: ToolLoopMachine.Limits(rounds: 2), calls: machine.calls)
    _ = later.answered([Self.call("read")], at: Self.now)
    #expect(later.calls.map(\.number) == [3] && later.calls.map(\.round) == [2])
    guard case .fail = later.answered([Self.call("read")], at: Self.now) else { return #expect(Bool(false)) }
  }

  @Test(
    arguments: [
      ("short", 10, "short", 5), ("0123456789", 4, "0123\n[Cut here: 4 of 10 bytes are shown.]", 10),
      ("éé", 3, "é\n[Cut here: 2 of 4 bytes are shown.]", 4),
      ("🦙", 3, "[Cut here: 0 of 4 bytes are shown.]", 4),
    ])
  func `a long result is cut between characters and says so`(
    text: String, limit: Int, kept: String, bytes: Int
  ) {
    var machine = Self.machine()
    _ = machine.answered([Self.call("read")], at: Self.now)
    _ = machine.begin(at: Self.now)
    let call = machine.finished(1, with: .text(text), limit: limit, at: Self.now)
    #expect(call?.result?.text == kept && call?.resultBytes == bytes)
  }

  @Test func `a picture that does not fit is left out whole`() {
    var machine = Self.machine()
    _ = machine.answered([Self.call("read")], at: Self.now)
    _ = machine.begin(at: Self.now)
    let picture = MessagePart(.image(.data(mediaType: "image/png", base64: "AAAAAAAA")))
    let call = machine.finished(
      1, with: ToolAnswer(parts: [.text("a"), picture, .text("b")]), limit: 10, at: Self.now)
    #expect(call?.result == [.text("a"), .text("\n[Cut here: 1 of 19 bytes are shown.]")])
  }

  /// Any facts in any order: numbers count up, at most `atOnce` run, none runs while one waits, each call has one end, and the model is
  /// asked only when all have theirs.
  @Test(arguments: 0..<200)
  func `random walks keep the rule`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let limits = ToolLoopMachine.Limits(rounds: 3, calls: 4, atOnce: 2)
    var machine = Self.machine(limits: limits)
    var ended: [Int: ToolCallRecord] = [:]
    var rounds = 0
    for _ in 0..<120 {
      switch (machine.step, Int.random(in: 0..<6, using: &random)) {
      case (.ask, _):
        let names = (0..<Int.random(in: 1...6, using: &random)).map { _ in
          ["read", "write", "reed"].randomElement(using: &random) ?? "read"
        }
        let last = machine.calls.last?.number ?? 0
        switch machine.answered(names.map { Self.call($0) }, at: Self.now) {
        case .fail: #expect(rounds == limits.rounds)
        default:
          rounds += 1
          #expect(machine.calls.map(\.number) == Array((last + 1)...(last + names.count)))
        }
      case (.wait, _):
        #expect(machine.begin(at: Self.now).isEmpty)
        var calls = machine.calls
        guard let index = calls.firstIndex(where: { $0.status == .waiting }) else {
          return #expect(Bool(false))
        }
        if Bool.random(using: &random) {
          calls[index].approve(at: Self.now)
        } else {
          calls[index].deny(because: nil, at: Self.now)
        }
        machine = Self.machine(limits: limits, calls: calls)
      case (.call, 0...2): _ = machine.begin(at: Self.now)
      case (.call, let choice):
        let number = Int.random(in: 1...((machine.calls.last?.number ?? 0) + 1), using: &random)
        let call =
          choice == 3
          ? machine.failed(number, because: RunFailure(code: "x", message: "y"), at: Self.now)
          : machine.finished(number, with: .text("ok"), limit: 9, at: Self.now)
        if let call {
          #expect(ended[number] == nil)
          ended[number] = call
        }
      case (.end, _), (.fail, _): Issue.record("a round is never in this state")
      }
      #expect(machine.calls.filter { $0.status == .running }.count <= limits.atOnce)
      #expect(machine.calls.allSatisfy { $0.status.isFinal == ($0.finishedAt != nil) })
      #expect(machine.calls.results.count == machine.calls.count)
    }
  }
}
