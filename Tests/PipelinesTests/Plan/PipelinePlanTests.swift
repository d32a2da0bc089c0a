import Basics
import Pipelines
import Testing

struct PipelinePlanTests {
  private static func plan(_ steps: JSON) throws -> PipelinePlan { try PipelinePlan(["steps": steps]) }

  private static let classify: JSON = [
    "id": "classify", "type": "classify", "agent": "router", "labels": ["A", "B"], "otherwise": "B",
  ]

  @Test func `a plan with every kind of step is read`() throws {
    let plan = try Self.plan([
      Self.classify,
      [
        "id": "way", "type": "branch", "on": "{{steps.classify.label}}",
        "cases": [
          "A": [
            [
              "id": "ask", "type": "agent", "agent": "expert", "timeoutSeconds": 5, "attempts": 2,
              "config": ["maxTokens": 10],
            ]
          ],
          "B": [
            [
              "id": "both", "type": "parallel",
              "branches": [
                "one": [
                  ["id": "look", "type": "tool", "tool": "search", "arguments": ["q": "{{input}}", "n": 3]]
                ],
                "two": [["id": "say", "type": "compose", "text": "Hello"]],
              ],
            ]
          ],
        ],
        "otherwise": [],
      ],
      [
        "id": "end", "type": "handover", "agent": "closer", "input": "{{steps.ask.text}}{{steps.look.text}}",
        "onFailure": "continue",
      ],
    ])
    #expect(plan.all.map(\.id) == ["classify", "way", "ask", "both", "look", "say", "end"])
    let ask = try #require(plan.all.first { $0.id == "ask" })
    #expect(ask.timeout == 5)
    #expect(ask.attempts == 2)
    #expect(!ask.mayFail)
    #expect(plan.all.last?.mayFail == true)
  }

  /// What is wrong, and the words that tell: the step's name is always among them.
  private static let faults: [(JSON, [String])] = [
    (["id": "x"], ["Step x", "type", "classify"]),
    (["id": "x", "type": "dance"], ["Step x", "type", "agent"]),
    (["type": "agent"], ["steps[0]", "id"]),
    (["id": "a b", "type": "agent", "agent": "y"], ["a b", "letters"]),
    (["id": "x", "type": "agent"], ["Step x", "agent"]),
    (["id": "x", "type": "agent", "agent": "y", "colour": 1], ["Step x", "colour", "timeoutSeconds"]),
    (
      ["id": "x", "type": "agent", "agent": "y", "input": "{{steps.z.text}}"],
      ["Step x", "step z", "not there"]
    ),
    (["id": "x", "type": "agent", "agent": "y", "input": "{{steps.x.text}}"], ["Step x", "before"]),
    (["id": "x", "type": "agent", "agent": "y", "input": "{{"], ["Step x", "input", "{{"]),
    (["id": "x", "type": "agent", "agent": "y", "timeoutSeconds": 0], ["Step x", "timeoutSeconds"]),
    (["id": "x", "type": "agent", "agent": "y", "attempts": 9], ["Step x", "attempts", "5"]),
    (["id": "x", "type": "agent", "agent": "y", "onFailure": "cry"], ["Step x", "onFailure"]),
    (["id": "x", "type": "compose", "text": "y", "attempts": 2], ["Step x", "attempts"]),
    (
      ["id": "x", "type": "classify", "agent": "y", "labels": ["A"], "otherwise": "A"], ["Step x", "labels"]
    ),
    (
      ["id": "x", "type": "classify", "agent": "y", "labels": ["A", "B"], "otherwise": "C"],
      ["Step x", "otherwise"]
    ),
    (["id": "x", "type": "branch", "on": "{{input}}", "cases": [:]], ["Step x", "cases"]),
    (["id": "x", "type": "branch", "cases": ["A": []]], ["Step x", "on"]),
    (["id": "x", "type": "parallel", "branches": ["a": "no"]], ["x.branches.a"]),
    (["id": "x", "type": "tool", "tool": "t", "arguments": [1]], ["Step x", "arguments"]),
    (
      ["id": "x", "type": "tool", "tool": "t", "arguments": ["a": ["{{nothing}}"]]], ["Step x", "arguments"]
    ),
    ("no object", ["steps[0]", "object"]),
  ]

  @Test(arguments: faults.indices)
  func `what is wrong names its step`(index: Int) throws {
    let (step, words) = Self.faults[index]
    let error = #expect(throws: PlanError.self) { try Self.plan([step]) }
    let said = "\(error?.message ?? "") \(error?.hint ?? "")"
    for word in words { #expect(said.contains(word), "\(said) has no \(word)") }
  }

  @Test func `ids are unique, also across ways`() throws {
    let step: JSON = ["id": "x", "type": "compose", "text": "y"]
    let error = #expect(throws: PlanError.self) {
      try Self.plan([["id": "p", "type": "parallel", "branches": ["a": [step], "b": [step]]]])
    }
    #expect(error?.message == "Step x: its id is there twice.")
  }

  @Test func `a step cannot look into another way of its parallel step`() {
    let error = #expect(throws: PlanError.self) {
      try Self.plan([
        [
          "id": "p", "type": "parallel",
          "branches": [
            "a": [["id": "x", "type": "compose", "text": "1"]],
            "b": [["id": "y", "type": "compose", "text": "{{steps.x.text}}"]],
          ],
        ]
      ])
    }
    #expect(error?.message.contains("Step y") == true)
  }

  @Test func `plans are bounded`() {
    let many = JSON.array(
      (0...PipelinePlan.mostSteps).map { ["id": .string("s\($0)"), "type": "compose", "text": "x"] })
    #expect(throws: PlanError.self) { try Self.plan(many) }
    #expect(throws: PlanError.self) { try Self.plan([]) }
    #expect(throws: PlanError.self) { try PipelinePlan(["step": []]) }
    #expect(throws: PlanError.self) { try PipelinePlan("x") }
    var deep: JSON = [["id": "s", "type": "compose", "text": "x"]]
    for level in 0..<10 {
      deep = [["id": .string("b\(level)"), "type": "parallel", "branches": ["a": deep]]]
    }
    #expect(throws: PlanError.self) { try Self.plan(deep) }
  }
}
