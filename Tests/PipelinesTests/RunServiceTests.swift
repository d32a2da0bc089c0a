import Basics
import Database
import Model
import Storage
import TestKit
import Testing

@testable import Pipelines

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct RunServiceTests {
  @Test func `an answer is streamed, stored and accounted for`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("Hel", "lo ", "🦙") })
    let run = try await fixture.runs.outcome(of: fixture.invoke("Say hello").id)
    #expect(run.status == .completed, "\(run)")
    #expect(run.usage == Usage(inputTokens: 12, outputTokens: 5))
    let messages = try await fixture.messages(of: run)
    try #require(messages.map(\.text) == ["Say hello", "Hello 🦙"])
    #expect(messages.map(\.role) == [.user, .agent])
    #expect(messages[1].agent == fixture.agent && messages[1].parent == messages[0].id)
    #expect(fixture.shown(run.id) == "Hello 🦙")
    #expect(
      fixture.milestones(run.id) == [
        .messageCreated, .runQueued, .runStarted, .attemptStarted, .attemptCompleted, .messageCompleted,
        .runCompleted,
      ])
    let usage = try await fixture.usage(by: [.provider])
    #expect(usage.map(\.provider) == ["openai"])
    let title = try await fixture.store.read { try $0.conversations.get(run.conversation)?.title }
    #expect(title == "Say hello")
    await fixture.close()
  }

  @Test func `S003-41 S003-42 S003-43 the provider gets the system prompt, the settings and the history`()
    async throws
  {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(
      upstream, config: ["systemPrompt": "Be brief.", "temperature": 0.3, "maxTokens": 77])
    let first = try await fixture.runs.outcome(of: fixture.invoke("one").id)
    _ = try await fixture.runs.outcome(of: fixture.invoke("two", in: first.conversation).id)
    let body = try JSON.parse(upstream.requests.last!.body)
    let turns = (body["messages"]?.array ?? []).map {
      "\($0["role"]?.string ?? ""): \($0["content"]?.string ?? "")"
    }
    #expect(turns == ["system: Be brief.", "user: one", "assistant: ok", "user: two"])
    #expect(body["temperature"]?.number == 0.3)
    #expect((body["max_tokens"] ?? body["max_completion_tokens"])?.integer == 77)
    await fixture.close()
  }

  @Test(arguments: [
    (1, ["four"]), (2, ["four"]), (3, ["three", "ok", "four"]), (4, ["three", "ok", "four"]), (200, nil),
  ])
  func `S004-27 an agent's maxHistory bounds the messages of a prompt, which begin with a question`(
    limit: Int, expected: [String]?
  ) async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(
      upstream, config: ["systemPrompt": "Be brief.", "maxHistory": .integer(Int64(limit))])
    var conversation: Identifier<Conversation>?
    for word in ["one", "two", "three", "four"] {
      conversation = try await fixture.runs.outcome(of: fixture.invoke(word, in: conversation).id)
        .conversation
    }
    let body = try JSON.parse(#require(upstream.requests.last).body)
    let texts = (body["messages"]?.array ?? []).dropFirst().compactMap { $0["content"]?.string }
    #expect(texts == expected ?? ["one", "ok", "two", "ok", "three", "ok", "four"])
    await fixture.close()
  }

  @Test func `a call of a tool is stored, shown, and answered for in the next request`() async throws {
    let asks = """
      data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f",\
      "arguments":"{\\"a\\":1}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n
      """
    let upstream = try ScriptedUpstream { request in
      request.text.contains("second")
        ? Answer.whole("ok") : [Answer.head, .chunk(asks), ScriptedUpstream.Action.lastChunk]
    }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.runs.outcome(of: fixture.invoke("first").id)
    #expect(run.status == .completed)
    let call = MessagePart(.toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a":1}"#)))
    #expect([MessagePart](json: try await fixture.messages(of: run).last?.parts) == [call])
    let completed = fixture.published.all.compactMap { event -> MessageCompleted? in
      if case .messageCompleted(let completed) = event.body { completed } else { nil }
    }
    #expect(completed.map(\.finish) == ["tool_calls"])
    #expect([MessagePart](json: completed.first?.parts) == [call])
    _ = try await fixture.runs.outcome(of: fixture.invoke("second", in: run.conversation).id)
    let messages = try JSON.parse(#require(upstream.requests.last).body)["messages"]?.array ?? []
    #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "tool", "user"])
    await fixture.close()
  }

  @Test func `an unknown conversation starts a new one with a fresh id`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    let run = try await fixture.invoke("hi", in: Identifier("made-up"))
    #expect(run.conversation != Identifier("made-up"))
    await fixture.close()
  }

  @Test func `a second message waits for its turn and sees the first answer`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      request.text.contains("second")
        ? Answer.whole("B") : [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let first = try await fixture.invoke("first")
    try await fixture.waitForText("A", of: first.id)
    let second = try await fixture.invoke("second", in: first.conversation)
    #expect(try await fixture.store.read { try $0.runs.get(second.id)?.status } == .queued)
    #expect(upstream.requests.count == 1)
    gate.open()
    #expect(try await fixture.runs.outcome(of: second.id).status == .completed)
    let turns = (try JSON.parse(upstream.requests.last!.body)["messages"]?.array ?? []).compactMap {
      $0["content"]?.string
    }
    #expect(turns == ["first", "A", "second"])
    await fixture.close()
  }

  @Test func `a busy conversation can refuse or interrupt`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      request.text.contains("urgent")
        ? Answer.whole("B") : [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let first = try await fixture.invoke("first")
    try await fixture.waitForText("A", of: first.id)
    var invocation = Invocation(agent: fixture.agent, text: "urgent")
    invocation.conversation = first.conversation
    invocation.onBusy = .reject
    await #expect(throws: RunError.conversationBusy) { try await fixture.runs.invoke(invocation) }
    invocation.onBusy = .interrupt
    let second = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    #expect(second.status == .completed)
    #expect(try await fixture.runs.outcome(of: first.id).status == .stopped)
    gate.open()
    await fixture.close()
  }

  @Test func `stop ends a run within a second, keeps its text and is idempotent`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [Answer.head, Answer.piece("par"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.invoke("go")
    try await fixture.waitForText("par", of: run.id)
    let began = ContinuousClock.now
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    #expect(ContinuousClock.now - began < TimeLimit.of(.seconds(5)))
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    #expect(try await fixture.messages(of: run).map(\.text) == ["go", "par"])
    #expect(fixture.milestones(run.id).suffix(2) == [.messageCompleted, .runStopped])
    gate.open()
    #expect(await upstream.wait { $0.closedByPeer > 0 })
    await fixture.close()
  }

  @Test func `a run can be stopped while it waits`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let first = try await fixture.invoke("first")
    let second = try await fixture.invoke("second", in: first.conversation)
    #expect(try await fixture.runs.stop(second.id).status == .stopped)
    #expect(fixture.milestones(second.id) == [.messageCreated, .runQueued, .runStopped])
    gate.open()
    #expect(try await fixture.runs.outcome(of: first.id).status == .completed)
    #expect(upstream.requests.count == 1)
    await fixture.close()
  }

  @Test func `an interrupting message does not let the ones that wait begin`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let first = try await fixture.invoke("first")
    try await fixture.waitForText("A", of: first.id)
    let second = try await fixture.invoke("second", in: first.conversation)
    var invocation = Invocation(agent: fixture.agent, text: "urgent")
    invocation.conversation = first.conversation
    invocation.onBusy = .interrupt
    let urgent = try await fixture.runs.invoke(invocation)
    gate.open()
    #expect(try await fixture.runs.outcome(of: urgent.id).status == .completed)
    #expect(fixture.milestones(second.id) == [.messageCreated, .runQueued, .runStopped])
    await fixture.close()
  }

  @Test func `nobody waits for a queued run of a hub that has drained`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let first = try await fixture.invoke("first")
    let second = try await fixture.invoke("second", in: first.conversation)
    await fixture.runs.drain()
    #expect(try await fixture.runs.outcome(of: second.id).status == .queued)
    gate.open()
    await fixture.close()
  }

  @Test func `who asks for the outcome while a run ends does not wait for the next one`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("slow") ? [Answer.head, .waitFor(Gate())] : Answer.whole("A")
    }
    let fixture = try await RunFixture(upstream)
    for _ in 0..<20 {
      let first = try await fixture.invoke("quick")
      let second = try await fixture.invoke("slow", in: first.conversation)
      try await withThrowingTaskGroup(of: Run.Status.self) { group in
        for _ in 0..<40 {
          try await Task.sleep(for: .microseconds(100))
          group.addTask { try await fixture.runs.outcome(of: first.id).status }
        }
        for try await status in group { #expect(status == .completed) }
      }
      _ = try await fixture.runs.stop(second.id)
    }
    await fixture.close()
  }

  @Test func `a run whose history cannot be read fails`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    _ = try await fixture.store.write { try $0.connection.run("UPDATE agent_versions SET config = '{'") }
    let run = try await fixture.runs.outcome(of: fixture.invoke("go").id)
    #expect(run.status == .failed)
    #expect(fixture.milestones(run.id).last == .runFailed)
    await fixture.close()
  }

  @Test func `a key whose run was deleted makes no second one`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    var invocation = Invocation(agent: fixture.agent, text: "hi")
    invocation.key = "k"
    let run = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    try await fixture.store.write { try $0.conversations.delete(run.conversation) }
    let same = invocation
    await #expect(throws: RunError.runNotFound(run.id)) { try await fixture.runs.invoke(same) }
    await fixture.close()
  }

  static let faults: [(name: String, actions: [ScriptedUpstream.Action], code: String, text: String)] = [
    ("cut mid-stream", [Answer.head, Answer.piece("par"), .reset], "", "par"),
    ("end without a reason", [Answer.head, Answer.piece("par"), .lastChunk], "", "par"),
    ("401", [.response("{\"error\":{\"message\":\"bad key\"}}", status: 401)], "", ""),
    ("404", [.response("{\"error\":{\"message\":\"no such model\"}}", status: 404)], "", ""),
    ("429", [.response("{\"error\":{\"message\":\"slow down\"}}", status: 429)], "", ""),
    ("500", [.response("oops", status: 500)], "", ""),
  ]

  @Test(arguments: faults.indices)
  func `a provider's fault ends the run with its name and the partial text`(index: Int) async throws {
    let fault = Self.faults[index]
    let fixture = try await RunFixture(try ScriptedUpstream { _ in fault.actions })
    let run = try await fixture.runs.outcome(of: fixture.invoke("go").id)
    #expect(run.status == .failed, "\(fault.name)")
    #expect(run.error?.code.isEmpty == false && run.error?.message.isEmpty == false)
    let texts = try await fixture.messages(of: run).map(\.text)
    #expect(texts == (fault.text.isEmpty ? ["go"] : ["go", fault.text]))
    #expect(fixture.milestones(run.id).last == .runFailed)
    await fixture.close()
  }

  @Test func `the same key gives the same run, another request with it is refused`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("once") }
    let fixture = try await RunFixture(upstream)
    var invocation = Invocation(agent: fixture.agent, text: "hi")
    invocation.key = "k"
    let same = invocation
    let ids = try await withThrowingTaskGroup(of: Identifier<Run>.self) { group in
      for _ in 0..<8 {
        group.addTask { try await fixture.runs.outcome(of: fixture.runs.invoke(same).id).id }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(ids.count == 1)
    #expect(upstream.requests.count == 1)
    invocation.text = "other"
    let other = invocation
    await #expect(throws: RunError.keyReused) { try await fixture.runs.invoke(other) }
    await fixture.close()
  }

  @Test func `a paused or missing agent takes no work and nothing is stored`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    _ = try await fixture.store.write { try $0.agents.setStatus(.paused, of: fixture.agent) }
    await #expect(throws: RunError.self) { try await fixture.invoke("hi") }
    await #expect(throws: RunError.agentNotFound(Identifier("none"))) {
      try await fixture.runs.invoke(Invocation(agent: Identifier("none"), text: "hi"))
    }
    #expect(try await fixture.store.read { try $0.conversations.page().items.isEmpty })
    await fixture.close()
  }

  @Test func `a message that no event could carry is refused and nothing is stored`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    await #expect(throws: RunError.messageTooLong) {
      try await fixture.invoke(String(repeating: "x", count: RunMachine.maximumText + 1))
    }
    #expect(try await fixture.store.read { try $0.conversations.page().items.isEmpty })
    let longest = String(repeating: "\u{1}", count: RunMachine.maximumText)
    let run = try await fixture.runs.outcome(of: fixture.invoke(longest).id)
    #expect(run.status == .completed)
    await fixture.close()
  }

  @Test func `a drain interrupts what works, and queued runs start at the next start`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      request.text.contains("second")
        ? Answer.whole("B") : [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let first = try await fixture.invoke("first")
    try await fixture.waitForText("A", of: first.id)
    let second = try await fixture.invoke("second", in: first.conversation)
    await fixture.close(keepingFiles: true)
    gate.open()
    let next = try await RunFixture(upstream, path: fixture.path)
    #expect(try await next.runs.outcome(of: first.id).status == .interrupted)
    try await next.runs.resumeQueued()
    #expect(try await next.runs.outcome(of: second.id).status == .completed)
    #expect(try await next.messages(of: first).map(\.text) == ["first", "second", "A", "B"])
    await next.close()
  }

  @Test func `fifty runs at once end whole, and what was shown is what is stored`() async throws {
    let upstream = try ScriptedUpstream { request in
      [Answer.head] + (0..<40).map { Answer.piece("\($0) é🦙 ") } + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let runs = try await withThrowingTaskGroup(of: Run.self) { group in
      for index in 0..<50 {
        group.addTask { try await fixture.runs.outcome(of: fixture.invoke("question \(index)").id) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let whole = (0..<40).map { "\($0) é🦙 " }.joined()
    for run in runs {
      #expect(run.status == .completed)
      #expect(fixture.shown(run.id) == whole)
      #expect(try await fixture.messages(of: run).last?.text == whole)
    }
    let offsets = fixture.published.all.map(\.offset)
    #expect(offsets == Array(1...Int64(offsets.count)))
    await fixture.close()
  }
}
