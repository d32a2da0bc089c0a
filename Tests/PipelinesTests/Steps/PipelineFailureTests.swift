import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Steps that fail, take too long, cost too much, or are not wanted any more.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct PipelineFailureTests {
  @Test func `a failed step ends the pipeline and is named`() async throws {
    let upstream = try RunFixture.models([
      "one": Answer.whole("One."), "two": Answer.refusal(400, "no such model"),
    ])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("one", "two", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      ["id": "first", "type": "agent", "agent": "one"], ["id": "second", "type": "agent", "agent": "two"],
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .failed && run.error?.message.hasPrefix("Step second: ") == true, "\(run)")
    #expect(fixture.story(of: run).suffix(2) == ["step.started second", "step.failed second"])
    #expect(try await fixture.parts(of: run).map(\.status) == [.completed, .failed])
    #expect(run.usage == Usage(inputTokens: 12, outputTokens: 5))
    await fixture.close()
  }

  @Test func `a step that may fail leaves its error to those behind it`() async throws {
    let upstream = try RunFixture.models(["two": Answer.refusal(400, "no such model")])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("two", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      ["id": "try", "type": "agent", "agent": "two", "onFailure": "continue"],
      ["id": "say", "type": "compose", "text": "Sorry: {{steps.try.error}}"],
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .completed && fixture.shown(run.id).contains("Sorry: "))
    #expect(fixture.shown(run.id).contains("no such model"), "\(fixture.shown(run.id))")
    await fixture.close()
  }

  @Test func `a step is tried again, in a run of its own, as often as it says`() async throws {
    let tries = Recorder<Int>()
    let upstream = try ScriptedUpstream { _ in
      tries.record(1)
      return tries.all.count < 3 ? Answer.refusal(400) : Answer.whole("Third.")
    }
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("one", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      ["id": "only", "type": "agent", "agent": "one", "attempts": 3]
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .completed && fixture.shown(run.id) == "Third.")
    #expect(try await fixture.parts(of: run).map(\.status) == [.failed, .failed, .completed])
    let failures = fixture.bodies(.stepFailed, of: run.id)
    #expect(failures.map { $0["retry"] } == [true, true])
    await fixture.close()
  }

  @Test func `what was said is not said again in other words`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [
        Answer.head, Answer.piece("Half an"), .chunk("data: {\"error\":{\"message\":\"broken\"}}\n\n"),
        .lastChunk,
      ]
    }
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("one", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      ["id": "only", "type": "agent", "agent": "one", "attempts": 3]
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .failed && upstream.requests.count == 1)
    #expect(try await fixture.messages(of: run).last { $0.step == nil }?.text == "Half an")
    await fixture.close()
  }

  @Test func `a step has a time limit`() async throws {
    let gate = Gate()
    let upstream = try RunFixture.models(["slow": [Answer.head, Answer.piece("Well"), .waitFor(gate)]])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("slow", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      ["id": "slow", "type": "agent", "agent": "slow", "timeoutSeconds": 0.2, "onFailure": "continue"],
      ["id": "say", "type": "compose", "text": "{{steps.slow.error}}"],
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .completed && fixture.shown(run.id) == "The step was not done after 0.2 seconds.")
    let part = try #require(try await fixture.parts(of: run).first)
    #expect(part.status == .failed && part.error?.code == "step_timeout")
    gate.open()
    await fixture.close()
  }

  @Test func `a step's budget holds for all its calls`() async throws {
    let upstream = try ScriptedUpstream { request in
      let rounds = request.said.count { $0.hasPrefix("tool") }
      return rounds < 4 ? Answer.calls("", ("c\(rounds)", "read", #"{"n":1}"#)) : Answer.whole("Never.")
    }
    let fixture = try await RunFixture(upstream, tools: ToolTable(builtIn: [ScriptedTool.read]))
    try await fixture.makeAgents("m", url: upstream.url, config: ["tools": ["read"]])
    // A call costs 12 + 5 x 4 millionths of a dollar.
    let pipeline = try await fixture.makePipeline([
      ["id": "only", "type": "agent", "agent": "m", "budgetUSD": 0.00005]
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.error?.code == "budget_exhausted" && upstream.requests.count == 2, "\(run)")
    #expect(run.error?.message.contains("step only") == true)
    await fixture.close()
  }

  @Test func `a failed way takes the others with it`() async throws {
    let gate = Gate()
    let upstream = try RunFixture.models([
      "slow": [Answer.head, Answer.piece("Well"), .waitFor(gate)],
      "bad": [.wait(milliseconds: 30)] + Answer.refusal(400),
    ])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("slow", "bad", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      [
        "id": "both", "type": "parallel", "onFailure": "continue",
        "branches": [
          "a": [["id": "slow", "type": "agent", "agent": "slow"]],
          "b": [["id": "bad", "type": "agent", "agent": "bad"]],
        ],
      ],
      ["id": "say", "type": "compose", "text": "On we go."],
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .completed && fixture.shown(run.id) == "On we go.")
    #expect(try await fixture.parts(of: run).first { $0.step == "slow" }?.error?.code == "step_unneeded")
    gate.open()
    await fixture.close()
  }

  @Test func `who stops a part stops the whole, and what was said is kept`() async throws {
    let gate = Gate()
    let upstream = try RunFixture.models(["slow": [Answer.head, Answer.piece("Well, "), .waitFor(gate)]])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("slow", url: upstream.url)
    let pipeline = try await fixture.makePipeline([["id": "only", "type": "agent", "agent": "slow"]])
    let run = try await fixture.ask(pipeline)
    try await fixture.waitForText("Well, ", of: run.id)
    let part = try #require(try await fixture.parts(of: run).first)
    #expect(try await fixture.runs.stop(part.id).status == .stopped)
    let end = try await fixture.stored(run.id)
    #expect(end.status == .stopped)
    #expect(try await fixture.messages(of: run).last { $0.step == nil }?.text == "Well, ")
    gate.open()
    await fixture.close()
  }

  private static let impossible: [(JSON, String)] = [
    (["id": "x", "type": "agent", "agent": "nobody"], "agent_not_found"),
    (["id": "x", "type": "agent", "agent": "one", "input": "{{parameters.none}}"], "step_input_empty"),
    (["id": "x", "type": "tool", "tool": "nothing"], "tool_not_found"),
    (["id": "x", "type": "tool", "tool": "write", "arguments": ["n": 1]], "tool_needs_approval"),
    (["id": "x", "type": "tool", "tool": "read", "arguments": ["n": "one"]], "tool_arguments_invalid"),
    (["id": "x", "type": "branch", "on": "{{input}}", "cases": ["yes": []]], "no_way"),
    (["id": "x", "type": "handover", "agent": "Line"], "invalid_pipeline"),
  ]

  @Test(arguments: impossible)
  func `what cannot be done is told`(step: JSON, code: String) async throws {
    let upstream = try RunFixture.models([:])
    let fixture = try await RunFixture(
      upstream, tools: ToolTable(builtIn: [ScriptedTool.read, ScriptedTool.write()]))
    try await fixture.makeAgents("one", url: upstream.url)
    let run = try await fixture.runs.outcome(of: fixture.ask(fixture.makePipeline([step])).id)
    #expect(run.status == .failed && run.error?.code == code, "\(run)")
    #expect(run.error?.message.contains("Step x") == true, "\(run)")
    await fixture.close()
  }

  @Test func `a tool that fails without words has none of its secrets told`() async throws {
    struct Secret: Error { let key = "k-1" }
    let upstream = try RunFixture.models([:])
    let tool = ScriptedTool("bad", parameters: ["type": "object"]) { _, _ in throw Secret() }
    let fixture = try await RunFixture(upstream, tools: ToolTable(builtIn: [tool]))
    let pipeline = try await fixture.makePipeline([["id": "x", "type": "tool", "tool": "bad"]])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.error?.code == "tool_failed" && run.error?.message.contains("bad") == true, "\(run)")
    #expect(try await fixture.runs.toolCalls(of: run.id).map(\.status) == [.failed])
    await fixture.close()
  }
}
