import Basics
import Model
import Pipelines
import Testing

struct PipelineMachineTests {
  private static func machine(
    _ steps: JSON, input: String = "question", known: [String: StepResult] = [:]
  ) throws -> PipelineMachine {
    PipelineMachine(try PipelinePlan(["steps": steps]), values: PipelineValues(input: input), known: known)
  }

  private static func agent(_ id: String, input: String = "{{input}}", more: JSONObject = [:]) -> JSON {
    var step: JSONObject = [
      "id": .string(id), "type": "agent", "agent": .string("agent of \(id)"), "input": .string(input),
    ]
    for member in more.members { step[member.name] = member.value }
    return .object(step)
  }

  private static func performed(_ actions: [PipelineMachine.Action]) -> [String] {
    actions.compactMap { if case .perform(let id, _, _) = $0 { id } else { nil } }
  }

  private static func call(_ id: String, in actions: [PipelineMachine.Action]) -> AgentCall? {
    for case .perform(id, _, .agent(let call)) in actions { return call }
    return nil
  }

  private static let failure = RunFailure(code: "provider_down", message: "Nobody answers.", hint: "Wait.")

  @Test func `steps follow each other, the last one answers, and results travel`() throws {
    var machine = try Self.machine([Self.agent("a"), Self.agent("b", input: "{{steps.a.text}}!")])
    let first = machine.begin()
    #expect(first.first == .began("a"))
    #expect(Self.call("a", in: first)?.input == "question")
    #expect(Self.call("a", in: first)?.answers == false)
    let second = machine.finished("a", text: "one")
    #expect(Array(second.prefix(2)) == [.completed("a", StepResult(text: "one")), .began("b")])
    #expect(Self.call("b", in: second)?.input == "one!")
    #expect(Self.call("b", in: second)?.answers == true)
    // Those who watch have heard it grow, so it is not said again.
    let end = machine.finished("b", text: "two")
    #expect(end == [.completed("b", StepResult(text: "two")), .end(nil)])
    let late = machine.finished("b", text: "again")
    #expect(late.isEmpty)
  }

  @Test func `a classification chooses the way, and both are told`() throws {
    let steps: JSON = [
      ["id": "c", "type": "classify", "agent": "router", "labels": ["A", "B"], "otherwise": "B"],
      [
        "id": "way", "type": "branch", "on": "{{steps.c.label}}",
        "cases": [
          "A": [Self.agent("x")],
          "B": [["id": "y", "type": "compose", "text": "It was {{steps.c.data.why}}"]],
        ],
      ],
    ]
    var machine = try Self.machine(steps)
    _ = machine.begin()
    let way = machine.finished("c", text: "{\"label\":\"B\",\"why\":\"clear\"}")
    #expect(
      way == [
        .decided("c", label: "B"),
        .completed(
          "c",
          StepResult(
            text: "{\"label\":\"B\",\"why\":\"clear\"}", label: "B", data: ["label": "B", "why": "clear"])),
        .began("way"), .decided("way", label: "B"), .began("y"),
        .completed("y", StepResult(text: "It was clear")),
        .say("It was clear"), .completed("way", StepResult(text: "It was clear", label: "B")), .end(nil),
      ])
  }

  @Test func `a value without a way fails the step, and otherwise is a way`() throws {
    let cases: JSON = ["A": [["id": "y", "type": "compose", "text": "!"]]]
    var strict = try Self.machine(
      [["id": "way", "type": "branch", "on": "{{input}}", "cases": cases]], input: "Z")
    let end = strict.begin().last
    guard case .end(let failure?)? = end else { return #expect(Bool(false), "\(String(describing: end))") }
    #expect(failure.code == "no_way")
    #expect(failure.message == "Step way: There is no way for \"Z\".")
    var open = try Self.machine(
      [["id": "way", "type": "branch", "on": "{{input}}", "cases": cases, "otherwise": []]], input: "Z")
    #expect(open.begin().last == .end(nil))
  }

  @Test func `parallel ways run at once and are joined in their order`() throws {
    let steps: JSON = [
      [
        "id": "p", "type": "parallel",
        "branches": ["one": [Self.agent("a")], "two": [Self.agent("b"), Self.agent("c")]],
      ]
    ]
    var machine = try Self.machine(steps)
    #expect(Self.performed(machine.begin()) == ["a", "b"])
    #expect(Self.performed(machine.finished("b", text: "B")) == ["c"])
    #expect(machine.finished("c", text: "C") == [.completed("c", StepResult(text: "C"))])
    let end = machine.finished("a", text: "A")
    #expect(end.contains(.say("A\n\nC")))
    #expect(end.last == .end(nil))
    #expect(machine.results["p"]?.data?["two"]?["text"] == "C")
  }

  @Test func `a step is tried again as often as it may, and not behind what was seen`() throws {
    var machine = try Self.machine([Self.agent("a", more: ["attempts": 3])])
    _ = machine.begin()
    let again = machine.failed("a", Self.failure)
    #expect(again.first == .failed("a", Self.failure, isTriedAgain: true))
    guard case .perform("a", attempt: 2, _)? = again.last else { return #expect(Bool(false)) }
    let end = machine.failed("a", Self.failure, mayRepeat: false)
    #expect(end.first == .failed("a", Self.failure, isTriedAgain: false))
    #expect(
      end.last == .end(RunFailure(code: "provider_down", message: "Step a: Nobody answers.", hint: "Wait.")))
  }

  @Test func `a step inside of others is the one that is named`() throws {
    let branch: JSON = [
      "id": "way", "type": "branch", "on": "{{input}}", "cases": ["question": [Self.agent("inner")]],
    ]
    var machine = try Self.machine([branch])
    _ = machine.begin()
    var failure = Self.failure
    failure.cause = "provider_rate_limited"
    let end = machine.failed("inner", failure)
    failure.message = "Step inner: Nobody answers."
    #expect(end.last == .end(failure))
  }

  @Test func `a step that may fail leaves its error to those behind it`() throws {
    var machine = try Self.machine([
      Self.agent("a", more: ["onFailure": "continue"]),
      ["id": "b", "type": "compose", "text": "Sorry: {{steps.a.error}}"],
    ])
    _ = machine.begin()
    #expect(machine.failed("a", Self.failure).contains(.say("Sorry: Nobody answers.")))
  }

  @Test func `a failure takes its parallel ways with it, and stops at the step that may fail`() throws {
    let steps: JSON = [
      [
        "id": "p", "type": "parallel", "onFailure": "continue",
        "branches": ["one": [Self.agent("a")], "two": [Self.agent("b")], "three": [Self.agent("c")]],
      ],
      ["id": "end", "type": "compose", "text": "after {{steps.p.error}}"],
    ]
    var machine = try Self.machine(steps)
    _ = machine.begin()
    _ = machine.finished("a", text: "A")
    let actions = machine.failed("b", Self.failure)
    #expect(actions.contains(.cancel("c")))
    #expect(actions.contains(.say("after Nobody answers.")))
    #expect(actions.last == .end(nil))
    let late = machine.finished("c", text: "late")
    #expect(late.isEmpty)
  }

  @Test func `a way that fails at once lets no other begin`() throws {
    let steps: JSON = [
      [
        "id": "p", "type": "parallel",
        "branches": [
          "one": [["id": "x", "type": "branch", "on": "{{input}}", "cases": ["no": []]]],
          "two": [Self.agent("b")],
        ],
      ]
    ]
    var machine = try Self.machine(steps)
    let actions = machine.begin()
    #expect(Self.performed(actions).isEmpty)
    guard case .end(_?)? = actions.last else { return #expect(Bool(false)) }
  }

  @Test func `what is known is not worked for again`() throws {
    let steps: JSON = [
      Self.agent("a"), Self.agent("b", input: "{{steps.a.text}}"), Self.agent("c", input: "{{steps.b.text}}"),
    ]
    var machine = try Self.machine(steps, known: ["a": StepResult(text: "A"), "b": StepResult(text: "B")])
    let actions = machine.begin()
    #expect(Self.performed(actions) == ["c"])
    #expect(!actions.contains(.began("a")))
    #expect(Self.call("c", in: actions)?.input == "B")
    var all = try Self.machine(
      steps, known: ["a": StepResult(text: "A"), "b": StepResult(text: "B"), "c": StepResult(text: "C")])
    #expect(all.begin() == [.say("C"), .end(nil)])
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `whatever steps come to, every plan ends once and every step that began is over`(seed: UInt64) throws {
    var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    var count = 0
    let steps = Self.steps(&dice, depth: 0, &count)
    var machine = try Self.machine(steps)
    var waiting: Set<String> = []
    var (began, over, ends) = (Set<String>(), Set<String>(), 0)
    func take(_ actions: [PipelineMachine.Action]) {
      for action in actions {
        switch action {
        case .began(let id): #expect(began.insert(id).inserted)
        case .perform(let id, _, _): #expect(waiting.insert(id).inserted)
        case .completed(let id, _), .failed(let id, _, isTriedAgain: false): over.insert(id)
        case .failed(let id, _, isTriedAgain: true): waiting.remove(id)
        case .cancel(let id):
          waiting.remove(id)
          over.insert(id)
        case .end: ends += 1
        case .decided, .say: break
        }
      }
    }
    take(machine.begin())
    while let id = waiting.sorted().randomElement(using: &dice) {
      #expect(ends == 0)
      waiting.remove(id)
      if Bool.random(using: &dice) || Bool.random(using: &dice) {
        take(machine.finished(id, text: "text of \(id)"))
      } else {
        waiting.insert(id)
        let actions = machine.failed(id, Self.failure)
        waiting.remove(id)
        take(actions)
      }
    }
    #expect(ends == 1)
    if machine.results.count == count { #expect(began.count == count) }
  }

  /// What a pipeline comes to when it begins with some results and every step ends as its name says.
  private static func end(
    _ steps: JSON, known: [String: StepResult] = [:], _ fails: (String) -> Bool
  ) throws -> (completed: [(String, StepResult)], results: [String: StepResult], ends: [RunFailure?]) {
    var machine = try machine(steps, known: known)
    var (waiting, completed, ends) = (Set<String>(), [(String, StepResult)](), [RunFailure?]())
    func take(_ actions: [PipelineMachine.Action]) {
      for action in actions {
        switch action {
        case .perform(let id, _, _): waiting.insert(id)
        case .cancel(let id): waiting.remove(id)
        case .completed(let id, let result): completed.append((id, result))
        case .end(let failure): ends.append(failure)
        case .began, .failed, .decided, .say: break
        }
      }
    }
    take(machine.begin())
    while let id = waiting.min() {
      waiting.remove(id)
      take(fails(id) ? machine.failed(id, failure) : machine.finished(id, text: "text of \(id)"))
    }
    return (completed, machine.results, ends)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `who begins again with what was found out comes to the same`(seed: UInt64) throws {
    var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    var count = 0
    let steps = Self.steps(&dice, depth: 0, &count)
    // Where one way fails its whole parallel step, how far the others came is chance.
    let mayFail = Set(
      try PipelinePlan(["steps": steps]).all.filter { $0.mayFail && Bool.random(using: &dice) }.map(\.id))
    let whole = try Self.end(steps) { mayFail.contains($0) }
    #expect(whole.ends == [nil])
    for length in 0...whole.completed.count {
      let known = Dictionary(whole.completed.prefix(length)) { $1 }
      let again = try Self.end(steps, known: known) { mayFail.contains($0) }
      #expect(again.ends == [nil] && again.results == whole.results)
      // Nothing that is known is done again.
      #expect(Set(again.completed.map(\.0)).isDisjoint(with: known.keys))
    }
  }

  @Test func `texts that double each other are refused, not made`() throws {
    let steps = (0..<40).map { step -> JSON in
      let before = step == 0 ? "{{input}}" : "{{steps.s\(step - 1).text}}"
      return ["id": .string("s\(step)"), "type": "compose", "text": .string(before + before)]
    }
    var machine = try Self.machine(.array(steps), input: String(repeating: "x", count: 1000))
    guard case .end(let failure?)? = machine.begin().last else {
      Issue.record("It did not fail.")
      return
    }
    #expect(failure.code == "step_text_too_long" && failure.message.contains("s10"))
  }

  private static func steps(_ dice: inout Dice, depth: Int, _ count: inout Int) -> JSON {
    .array(
      (0..<Int.random(in: 1...3, using: &dice)).map { _ in
        count += 1
        let id = "s\(count)"
        var step: JSONObject = ["id": .string(id)]
        if Bool.random(using: &dice) { step["onFailure"] = "continue" }
        switch depth < 3 ? Int.random(in: 0..<4, using: &dice) : 0 {
        case 1:
          step["type"] = "compose"
          step["text"] = "x"
        case 2:
          step["type"] = "branch"
          step["on"] = "{{input}}"
          step["cases"] = ["question": steps(&dice, depth: depth + 1, &count), "other": []]
        case 3:
          step["type"] = "parallel"
          step["branches"] = [
            "a": steps(&dice, depth: depth + 1, &count), "b": steps(&dice, depth: depth + 1, &count),
          ]
        default:
          step["type"] = "agent"
          step["agent"] = "x"
          step["attempts"] = .integer(Int64.random(in: 1...3, using: &dice))
        }
        return .object(step)
      })
  }
}

/// Chance that repeats (xorshift).
private struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
