import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Runs that wait until somebody agrees to a call of a tool.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ApprovalRunTests {
  private static let config: JSONObject = ["tools": ["read", "write"]]

  private static func approval(_ order: JSONObject) throws -> Approval { try Approval(order) }

  /// A model that wants to write one, then is content.
  private static func upstream() throws -> ScriptedUpstream {
    try ScriptedUpstream.answering(
      Answer.calls("I would like to.", ("r", "read", #"{"n":1}"#), ("w", "write", #"{"n":2}"#)),
      Answer.whole("Done."), Answer.whole("Next."))
  }

  private static func table(_ written: Recorder<JSON> = Recorder(), fingerprint: String = "1") -> ToolTable {
    ToolTable(builtIn: [ScriptedTool.read, ScriptedTool.write(written, fingerprint: fingerprint)])
  }

  @Test func `a run waits until a call is approved, then goes on where it was`() async throws {
    let written = Recorder<JSON>()
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    #expect(run.status == .waiting && run.finishedAt == nil && written.all.isEmpty)
    #expect(run.usage == Usage(inputTokens: 12, outputTokens: 5))
    let waiting = try #require(fixture.bodies(.runWaiting, of: run.id).first)
    #expect(waiting["status"] == "waiting")
    #expect(
      waiting["approvals"] == [["call": 2, "id": "w", "tool": "write", "round": 1, "arguments": ["n": 2]]])
    #expect(fixture.bodies(.toolStarted, of: run.id).isEmpty)
    let answer = try await fixture.runs.approve(run.id, Self.approval(["decision": "approve"]))
    #expect(answer.run.id == run.id && answer.left.isEmpty)
    let end = try await fixture.runs.outcome(of: run.id)
    #expect(end.status == .completed && written.all == [["n": 2]], "\(end)")
    #expect(try await fixture.messages(of: run).last?.text == "Done.")
    #expect(end.usage == Usage(inputTokens: 24, outputTokens: 10))
    #expect(
      fixture.milestones(run.id) == [
        .messageCreated, .runQueued, .runStarted, .attemptStarted, .attemptCompleted, .messageCompleted,
        .runWaiting, .runStarted, .toolStarted, .toolStarted, .toolCompleted, .toolCompleted, .messageCreated,
        .attemptStarted, .attemptCompleted, .messageCompleted, .runCompleted,
      ])
    #expect(upstream.lastMessages.suffix(2).map { $0["content"]?.string } == ["result 1", "written 2"])
    await fixture.close()
  }

  @Test func `what is denied is not called, and the model reads why`() async throws {
    let written = Recorder<JSON>()
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    _ = try await fixture.runs.approve(run.id, Self.approval(["decision": "deny", "reason": "Too late."]))
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed)
    #expect(written.all.isEmpty)
    #expect(
      upstream.lastMessages.suffix(2).map { $0["content"]?.string } == [
        "result 1", "The call was not allowed. Reason: Too late.",
      ])
    let call = try await fixture.calls(of: run)[1]
    #expect(call.status == .denied && call.reason == "Too late." && call.decidedAt != nil)
    await fixture.close()
  }

  @Test func `when all is denied the model is asked with nothing but that`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("w", "write", #"{"n":2}"#)), Answer.whole("Pity."))
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table())
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    _ = try await fixture.runs.approve(run.id, Self.approval(["decision": "deny"]))
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed)
    #expect(upstream.lastMessages.last?["content"] == "The call was not allowed.")
    #expect(try await fixture.messages(of: run).map(\.role) == [.user, .agent, .tool, .agent])
    await fixture.close()
  }

  @Test func `calls are decided one by one, with other arguments if somebody likes`() async throws {
    let written = Recorder<JSON>()
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("a", "write", #"{"n":1}"#), ("b", "write", #"{"n":2}"#), ("c", "write", #"{"n":3}"#)),
      Answer.whole("Done."))
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    let bad: [(JSONObject, String)] = [
      (["calls": [["call": 1, "decision": "approve", "arguments": ["n": "x"]]]], "tool_arguments_invalid"),
      (["calls": [1, 4], "decision": "approve"], "call_not_waiting"),
    ]
    for (order, code) in bad {
      await #expect {
        try await fixture.runs.approve(run.id, Self.approval(order))
      } throws: { ($0 as? RunError)?.code == code }
    }
    #expect(try await fixture.calls(of: run).allSatisfy { $0.status == .waiting })
    let first = try await fixture.runs.approve(
      run.id, Self.approval(["calls": [["call": 1, "arguments": ["n": 10]], 3], "decision": "approve"]))
    #expect(first.run.status == .waiting && first.left.map(\.number) == [2] && written.all.isEmpty)
    #expect(fixture.bodies(.runWaiting, of: run.id).last?["approvals"]?.array?.map { $0["call"] } == [2])
    await #expect {
      try await fixture.runs.approve(run.id, Self.approval(["call": 1, "decision": "deny"]))
    } throws: { ($0 as? RunError)?.code == "call_not_waiting" }
    _ = try await fixture.runs.approve(run.id, Self.approval(["call": 2, "decision": "deny"]))
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed)
    #expect(Set(written.all.map(\.text)) == [#"{"n":10}"#, #"{"n":3}"#])
    #expect(
      upstream.lastMessages.suffix(3).map { $0["content"]?.string } == [
        "(Called with other arguments than asked for: {\"n\":10})\nwritten 10", "The call was not allowed.",
        "written 3",
      ])
    await #expect {
      try await fixture.runs.approve(run.id, Self.approval(["decision": "approve"]))
    } throws: { ($0 as? RunError)?.code == "run_not_waiting" }
    await fixture.close()
  }

  @Test func `a stop ends a run that waits, and nothing was called`() async throws {
    let written = Recorder<JSON>()
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    let end = try await fixture.runs.stop(run.id)
    #expect(end.status == .stopped && end.usage?.inputTokens == 12 && end.cost != nil)
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    #expect(try await fixture.calls(of: run).map(\.status) == [.stopped, .stopped])
    await #expect {
      try await fixture.runs.approve(run.id, Self.approval(["decision": "approve"]))
    } throws: { ($0 as? RunError)?.code == "run_not_waiting" }
    #expect(written.all.isEmpty)
    // The lane is free again, and the model is told that nothing came of its calls.
    let next = try await fixture.runs.outcome(of: fixture.invoke("and?", in: run.conversation).id)
    #expect(next.status == .completed)
    let roles: [String?] = ["user", "assistant", "tool", "tool", "user"]
    #expect(upstream.lastMessages.map { $0["role"]?.string } == roles)
    await fixture.close()
  }

  @Test func `a run that waits holds its lane but no key, and others pass in their own`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("\"go\"") && !request.text.contains("tool_call_id")
        ? Answer.calls("", ("w", "write", #"{"n":2}"#)) : Answer.whole("ok")
    }
    var limits = ProviderGate.Limits()
    limits.callsPerProvider = 1
    limits.callsPerKey = 1
    let fixture = try await RunFixture(
      upstream, config: Self.config, keys: ["key-1"], limits: limits, tools: Self.table())
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    #expect(run.status == .waiting && fixture.runs.gate.keys.map(\.callsInFlight) == [0])
    let behind = try await fixture.invoke("behind", in: run.conversation)
    #expect(try await fixture.outcome("elsewhere").status == .completed)
    #expect(try await fixture.stored(behind.id).status == .queued)
    _ = try await fixture.runs.approve(run.id, Self.approval(["decision": "approve"]))
    #expect(try await fixture.runs.outcome(of: behind.id).status == .completed)
    #expect(try await fixture.stored(run.id).status == .completed)
    await fixture.close()
  }

  @Test func `whoever interrupts a conversation ends what waits in it`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("urgent") ? Answer.whole("ok") : Answer.calls("", ("w", "write", #"{"n":2}"#))
    }
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table())
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    var invocation = Invocation(agent: fixture.agent, text: "urgent")
    invocation.conversation = run.conversation
    invocation.onBusy = .reject
    await #expect(throws: RunError.conversationBusy) { try await fixture.runs.invoke(invocation) }
    invocation.onBusy = .interrupt
    #expect(try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id).status == .completed)
    #expect(try await fixture.stored(run.id).status == .stopped)
    await fixture.close()
  }

  /// Decides before or after a restart, in an order of its own; the next process goes on either way.
  @Test(arguments: [false, true])
  func `a restart forgets nothing of a run that waits`(isDecidedBefore: Bool) async throws {
    let written = Recorder<JSON>()
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    if isDecidedBefore {
      // Nothing begins any more, but what is said is kept.
      fixture.runs.refuseNew()
      _ = try await fixture.runs.approve(run.id, Self.approval(["decision": "approve"]))
    }
    await fixture.close(keepingFiles: true)
    #expect(written.all.isEmpty)
    let later = try await RunFixture(
      upstream, config: Self.config, path: fixture.path, tools: Self.table(written))
    try await later.runs.resumeQueued()
    if !isDecidedBefore {
      #expect(try await later.runs.rest(of: run.id).status == .waiting)
      _ = try await later.runs.approve(run.id, Self.approval(["decision": "approve"]))
    }
    let end = try await later.runs.outcome(of: run.id)
    #expect(end.status == .completed && written.all == [["n": 2]], "\(end)")
    #expect(end.usage == Usage(inputTokens: 24, outputTokens: 10))
    #expect(try await later.attempts(of: run).map(\.number) == [1, 2])
    #expect(upstream.lastMessages.map { $0["role"]?.string } == ["user", "assistant", "tool", "tool"])
    await later.close()
  }

  @Test func `what was approved is what is called, or nothing is`() async throws {
    let written = Recorder<JSON>()
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    await fixture.close(keepingFiles: true)
    let later = try await RunFixture(
      upstream, config: Self.config, path: fixture.path, tools: Self.table(written, fingerprint: "2"))
    try await later.runs.resumeQueued()
    _ = try await later.runs.approve(run.id, Self.approval(["decision": "approve"]))
    #expect(try await later.runs.outcome(of: run.id).status == .completed)
    #expect(written.all.isEmpty)
    #expect(upstream.lastMessages.last?["content"]?.string?.contains("was changed or taken away") == true)
    await later.close()
  }

  @Test func `an agent can ask for approval that its tool does not ask for`() async throws {
    let upstream = try Self.upstream()
    let config: JSONObject = [
      "tools": [["name": "read", "approval": "always"], ["name": "write", "approval": "never"]]
    ]
    let fixture = try await RunFixture(upstream, config: config, tools: Self.table())
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    #expect(try await fixture.calls(of: run).map(\.status) == [.waiting, .waiting])
    await fixture.close()
  }

  @Test func `of many who decide at once the first counts, and each call is made once`() async throws {
    let written = Recorder<JSON>()
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table(written))
    let run = try await fixture.runs.rest(of: fixture.invoke("go").id)
    let taken = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<16 {
        group.addTask {
          let decision: JSON = index % 2 == 0 ? "approve" : "deny"
          return (try? await fixture.runs.approve(run.id, Approval(["decision": decision]))) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(taken == 1)
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed)
    #expect(written.all.count <= 1)
    await fixture.close()
  }

  @Test(arguments: 0..<20)
  func `stop and approval at once end the run, one way or the other`(round: Int) async throws {
    let upstream = try Self.upstream()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: Self.table())
    let run = try await fixture.invoke("go")
    if round % 2 == 0 { _ = try await fixture.runs.rest(of: run.id) }
    async let approved = try? fixture.runs.approve(run.id, Approval(["decision": "approve"]))
    async let stopped = fixture.runs.stop(run.id)
    _ = await approved
    #expect(try await stopped.status.isFinal)
    // The lane is free, whatever the model says now.
    let next = try await fixture.runs.rest(of: fixture.invoke("and?", in: run.conversation).id)
    #expect(next.status == .completed || next.status == .waiting)
    await fixture.close()
  }
}

struct ApprovalTests {
  @Test(
    arguments: [
      [:], ["decision": "maybe"], ["decision": "approve", "calls": []],
      ["decision": "approve", "calls": [["x": 1]]],
      ["calls": [1]], ["decision": "approve", "calls": ["1"]], ["decision": "approve", "calls": [1, 1]],
      ["decision": "approve", "call": 1, "calls": [2]], ["decision": "approve", "arguments": [:]],
      ["decision": "deny", "call": 1, "arguments": [:]], ["decision": "approve", "call": 1, "arguments": 5],
      ["decision": "approve", "call": 0], ["decision": "deny", "reason": 5],
      ["decision": "approve", "calls": [["call": 1, "other": 2]]],
      ["decision": "approve", "calls": [1], "arguments": ["n": 2]],
    ] as [JSONObject])
  func `an order that cannot be read is refused`(order: JSONObject) {
    #expect {
      try Approval(order)
    } throws: { ($0 as? RunError)?.code == "invalid_approval" }
  }

  @Test func `what is said of a call wins over what is said of all`() throws {
    let approval = try Approval([
      "decision": "deny", "reason": "no",
      "calls": [1, ["call": 2, "decision": "approve", "arguments": ["a": 1]]],
    ])
    #expect(
      approval.items == [
        Approval.Item(call: 1, decision: .deny, reason: "no"),
        Approval.Item(call: 2, decision: .approve, reason: "no", arguments: ["a": 1]),
      ])
  }
}
