import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Pipelines that wait for somebody's approval, and that go on in another process.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct PipelineWaitTests {
  /// A model that looks something up, then wants to write; the other one just answers.
  private static func upstream() throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      guard request.model == "writer" else { return Answer.whole("Draft.") }
      let hasResult = request.said.contains { $0.hasPrefix("tool") }
      return hasResult ? Answer.whole("Written.") : Answer.calls("May I?", ("w", "write", #"{"n":2}"#))
    }
  }

  private static let steps: JSON = [
    ["id": "draft", "type": "agent", "agent": "drafter"],
    ["id": "write", "type": "agent", "agent": "writer", "input": "{{steps.draft.text}}"],
  ]

  /// A pipeline of which one way waits for somebody, and the other one for the gate.
  private static func twoWays(
    _ gate: Gate, _ written: Recorder<JSON>
  ) async throws -> (RunFixture, Identifier<Agent>) {
    let upstream = try ScriptedUpstream { request in
      guard request.model == "writer" else {
        return [Answer.head, Answer.piece("Hm"), .waitFor(gate)] + Answer.finish
      }
      let hasResult = request.said.contains { $0.hasPrefix("tool") }
      return hasResult ? Answer.whole("Written.") : Answer.calls("May I?", ("w", "write", #"{"n":2}"#))
    }
    let fixture = try await Self.fixture(upstream, written)
    try await makeAgents(fixture, upstream)
    let pipeline = try await fixture.makePipeline([
      [
        "id": "both", "type": "parallel",
        "branches": [
          "a": [["id": "one", "type": "agent", "agent": "writer"]],
          "b": [["id": "two", "type": "agent", "agent": "drafter", "onFailure": "continue"]],
        ],
      ]
    ])
    return (fixture, pipeline)
  }

  private static func fixture(
    _ upstream: ScriptedUpstream, path: String? = nil, _ written: Recorder<JSON>
  ) async throws -> RunFixture {
    try await RunFixture(upstream, path: path, tools: ToolTable(builtIn: [ScriptedTool.write(written)]))
  }

  private static func makeAgents(_ fixture: RunFixture, _ upstream: ScriptedUpstream) async throws {
    try await fixture.makeAgents("drafter", url: upstream.url)
    try await fixture.makeAgents("writer", url: upstream.url, config: ["tools": ["write"]])
  }

  @Test(arguments: [true, false])
  func `a call inside waits for approval, of the part or of the whole`(decidesAboutPart: Bool) async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let fixture = try await Self.fixture(upstream, written)
    try await Self.makeAgents(fixture, upstream)
    let run = try await fixture.runs.rest(of: fixture.ask(fixture.makePipeline(Self.steps)).id)
    #expect(run.status == .waiting && run.usage == Usage(inputTokens: 24, outputTokens: 10))
    let part = try #require(try await fixture.parts(of: run).last)
    let approvals = fixture.bodies(.runWaiting, of: run.id).first?["approvals"]
    #expect(
      approvals == [
        [
          "call": 1, "id": "w", "tool": "write", "round": 1, "arguments": ["n": 2],
          "run": .string(part.id.text),
          "step": "write",
        ]
      ])
    _ = try await fixture.runs.approve(
      decidesAboutPart ? part.id : run.id, Approval(["decision": "approve"]))
    let end = try await fixture.runs.outcome(of: run.id)
    #expect(end.status == .completed && written.all == [["n": 2]])
    #expect(try await fixture.messages(of: run).last { $0.step == nil }?.text == "Written.")
    // Nothing was done twice, or told twice.
    #expect(upstream.requests(for: "drafter").count == 1)
    #expect(
      fixture.story(of: run) == [
        "step.started draft", "step.completed draft", "step.started write", "step.completed write",
      ])
    await fixture.close()
  }

  @Test func `it goes on in another process`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let first = try await Self.fixture(upstream, written)
    try await Self.makeAgents(first, upstream)
    let run = try await first.runs.rest(
      of: first.ask(first.makePipeline(Self.steps), parameters: ["a": 1]).id)
    await first.close(keepingFiles: true)

    let second = try await Self.fixture(upstream, path: first.path, written)
    try await second.runs.resumeQueued()
    #expect(try await second.stored(run.id).status == .waiting)
    _ = try await second.runs.approve(run.id, Approval(["decision": "approve"]))
    let end = try await second.runs.outcome(of: run.id)
    #expect(end.status == .completed && end.parameters == ["a": 1] && written.all == [["n": 2]], "\(end)")
    #expect(upstream.requests(for: "drafter").count == 1)
    #expect(end.usage == Usage(inputTokens: 36, outputTokens: 15))
    await second.close()
  }

  @Test func `what was decided while the hub was down goes on at the start`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let first = try await Self.fixture(upstream, written)
    try await Self.makeAgents(first, upstream)
    let run = try await first.runs.rest(of: first.ask(first.makePipeline(Self.steps)).id)
    let part = try #require(try await first.parts(of: run).last)
    try await first.store.write { store in
      var call = try #require(try store.toolCalls.waiting(of: part.id).first)
      call.approve(with: nil, at: store.now)
      try store.toolCalls.put(call)
    }
    await first.close(keepingFiles: true)

    let second = try await Self.fixture(upstream, path: first.path, written)
    try await second.runs.resumeQueued()
    #expect(try await second.runs.outcome(of: run.id).status == .completed && written.all.count == 1)
    await second.close()
  }

  @Test func `who stops a pipeline that waits ends its parts too`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let fixture = try await Self.fixture(upstream, written)
    try await Self.makeAgents(fixture, upstream)
    let run = try await fixture.runs.rest(of: fixture.ask(fixture.makePipeline(Self.steps)).id)
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    #expect(try await fixture.parts(of: run).map(\.status) == [.completed, .stopped])
    #expect(written.all.isEmpty)
    await fixture.close()
  }

  @Test func `two ways can wait at once, each decided by its own run`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let fixture = try await Self.fixture(upstream, written)
    try await Self.makeAgents(fixture, upstream)
    let pipeline = try await fixture.makePipeline([
      [
        "id": "both", "type": "parallel",
        "branches": [
          "a": [["id": "one", "type": "agent", "agent": "writer"]],
          "b": [["id": "two", "type": "agent", "agent": "writer"]],
        ],
      ]
    ])
    let run = try await fixture.runs.rest(of: fixture.ask(pipeline).id)
    let error = await #expect(throws: RunError.self) {
      try await fixture.runs.approve(run.id, Approval(["decision": "approve"]))
    }
    #expect(error?.hint?.contains("one") == true && error?.hint?.contains("two") == true)
    for part in try await fixture.parts(of: run) {
      _ = try await fixture.runs.approve(part.id, Approval(["decision": "approve"]))
    }
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed)
    #expect(fixture.shown(run.id) == "Written.\n\nWritten." && written.all.count == 2)
    await fixture.close()
  }

  @Test func `a hub that dies leaves nothing that waits for ever`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      request.model == "writer"
        ? Answer.calls("May I?", ("w", "write", #"{"n":2}"#))
        : [Answer.head, Answer.piece("Hm"), .waitFor(gate)]
    }
    let first = try await Self.fixture(upstream, Recorder())
    try await Self.makeAgents(first, upstream)
    let pipeline = try await first.makePipeline([
      [
        "id": "both", "type": "parallel",
        "branches": [
          "a": [["id": "one", "type": "agent", "agent": "writer"]],
          "b": [["id": "two", "type": "agent", "agent": "drafter"]],
        ],
      ]
    ])
    let run = try await first.ask(pipeline)
    try await first.wait { try await first.parts(of: run).map(\.status) == [.waiting, .running] }
    // As after a crash: the rows say that it works.
    first.store.close()
    gate.open()
    await first.close(keepingFiles: true)
    let second = try await Self.fixture(upstream, path: first.path, Recorder())
    #expect(try await second.stored(run.id).status == .interrupted)
    #expect(try await second.parts(of: run).map(\.status) == [.interrupted, .interrupted])
    await second.close()
  }

  @Test func `a pipeline inside a pipeline is one tree`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let fixture = try await Self.fixture(upstream, written)
    try await Self.makeAgents(fixture, upstream)
    try await fixture.makePipeline(Self.steps, name: "Inner")
    let outer = try await fixture.makePipeline([
      ["id": "pick", "type": "compose", "text": "Inner"],
      ["id": "hand", "type": "handover", "agent": "{{steps.pick.text}}"],
    ])
    let run = try await fixture.runs.rest(of: fixture.ask(outer).id)
    #expect(run.status == .waiting)
    let parts = try await fixture.parts(of: run)
    #expect(parts.map(\.step) == ["hand", "hand.draft", "hand.write"])
    #expect(parts.allSatisfy { $0.parentRun == run.id })
    _ = try await fixture.runs.approve(run.id, Approval(["decision": "approve"]))
    let end = try await fixture.runs.outcome(of: run.id)
    #expect(end.status == .completed && fixture.shown(run.id).hasSuffix("Written."))
    #expect(end.usage == Usage(inputTokens: 36, outputTokens: 15))
    #expect(try await fixture.stored(parts[0].id).usage == end.usage)
    #expect(try await fixture.messages(of: run).last?.run == run.id)
    await fixture.close()
  }

  @Test func `who decides about one way need not wait for the other`() async throws {
    let (gate, written) = (Gate(), Recorder<JSON>())
    let (fixture, pipeline) = try await Self.twoWays(gate, written)
    let run = try await fixture.ask(pipeline)
    try await fixture.wait { try await fixture.parts(of: run).map(\.status) == [.waiting, .running] }
    let part = try await fixture.parts(of: run)[0]
    let decision = Task {
      try await fixture.runs.approve(part.id, Approval(["decision": "approve"])).left.count
    }
    let isLate = Recorder<Bool>()
    let clock = Task {
      try await Task.sleep(for: TimeLimit.patience(.seconds(1)))
      isLate.record(true)
      gate.open()
    }
    #expect(try await decision.value == 0 && isLate.all.isEmpty)
    clock.cancel()
    gate.open()
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed && written.all.count == 1)
    await fixture.close()
  }

  /// Each comes to wait only when it may go on already: who waits for its end must not take that for the end.
  @Test func `who has decided too early for a run to wait sees its end all the same`() async throws {
    let (gate, written) = (Gate(), Recorder<JSON>())
    let (fixture, pipeline) = try await Self.twoWays(gate, written)
    var asked: [Run] = []
    for _ in 0..<20 {
      let run = try await fixture.ask(pipeline)
      try await fixture.wait { try await fixture.parts(of: run).map(\.status) == [.waiting, .running] }
      _ = try await fixture.runs.approve(
        fixture.parts(of: run)[0].id, Approval(["decision": "approve"]))
      asked.append(run)
    }
    let service = fixture.runs
    try await withThrowingTaskGroup(of: Run.Status.self) { group in
      for run in asked { group.addTask { try await service.outcome(of: run.id).status } }
      gate.open()
      for try await status in group { #expect(status == .completed) }
    }
    #expect(written.all.count == asked.count)
    await fixture.close()
  }

  @Test func `a pipeline that cannot be read any more ends its parts, too`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let first = try await RunFixture(
      upstream, tools: ToolTable(builtIn: [ScriptedTool.write(written), ScriptedTool.read]))
    try await Self.makeAgents(first, upstream)
    let pipeline = try await first.makePipeline(
      [
        [
          "id": "both", "type": "parallel",
          "branches": [
            "a": [["id": "one", "type": "agent", "agent": "writer"]],
            "b": [["id": "two", "type": "agent", "agent": "writer"]],
          ],
        ]
      ], config: ["tools": ["read"]])
    let run = try await first.runs.rest(of: first.ask(pipeline).id)
    #expect(run.status == .waiting)
    await first.close(keepingFiles: true)

    // The tool is gone with the next version of the hub.
    let second = try await Self.fixture(upstream, path: first.path, written)
    try await second.runs.resumeQueued()
    let part = try #require(try await second.parts(of: run).first)
    _ = try await second.runs.approve(part.id, Approval(["decision": "approve"]))
    let end = try await second.runs.outcome(of: run.id)
    #expect(end.status == .failed && end.error?.code == "tool_not_found")
    #expect(end.usage == Usage(inputTokens: 24, outputTokens: 10))
    #expect(try await second.parts(of: run).map(\.status) == [.stopped, .stopped] && written.all.isEmpty)
    await second.close()
  }

  @Test func `a pipeline inside that waits is left alone at a start`() async throws {
    let (upstream, written) = (try Self.upstream(), Recorder<JSON>())
    let first = try await Self.fixture(upstream, written)
    try await Self.makeAgents(first, upstream)
    try await first.makePipeline(Self.steps, name: "Inner")
    let outer = try await first.makePipeline([["id": "hand", "type": "handover", "agent": "Inner"]])
    let run = try await first.runs.rest(of: first.ask(outer).id)
    #expect(run.status == .waiting)
    await first.close(keepingFiles: true)

    let second = try await Self.fixture(upstream, path: first.path, written)
    try await second.runs.resumeQueued()
    #expect(try await second.runs.rest(of: run.id).status == .waiting && second.milestones(run.id).isEmpty)
    _ = try await second.runs.approve(run.id, Approval(["decision": "approve"]))
    #expect(try await second.runs.outcome(of: run.id).status == .completed && written.all.count == 1)
    await second.close()
  }
}
