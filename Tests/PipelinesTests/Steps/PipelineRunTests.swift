import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Pipelines from the question to the answer, with scripted models.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct PipelineRunTests {
  /// Chooses one of two ways; each ends with an agent.
  private static let routed: JSON = [
    [
      "id": "choose", "type": "classify", "agent": "router", "labels": ["SQL", "RAG"], "otherwise": "RAG",
    ],
    [
      "id": "way", "type": "branch", "on": "{{steps.choose.label}}",
      "cases": [
        "SQL": [["id": "sql", "type": "agent", "agent": "counter", "input": "Count: {{input}}"]]
      ],
      "otherwise": [["id": "rag", "type": "agent", "agent": "reader"]],
    ],
  ]

  @Test(arguments: [
    ("SQL", "sql", "counter", "user: Count: how many?", "Ten."),
    ("I would say rag.", "rag", "reader", "user: how many?", "As the handbook says."),
  ])
  func `S001-09 a label decides who answers, live`(
    label: String, step: String, model: String, asked: String, said: String
  ) async throws {
    let upstream = try RunFixture.models([
      "router": Answer.whole(label), "counter": Answer.whole("Ten", "."),
      "reader": Answer.whole("As the ", "handbook says."),
    ])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("router", "counter", "reader", url: upstream.url)
    let pipeline = try await fixture.makePipeline(Self.routed)
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline, "how many?").id)
    #expect(run.status == .completed, "\(run)")
    #expect(fixture.shown(run.id) == said)
    #expect(try await fixture.messages(of: run).filter { $0.step == nil }.map(\.text) == ["how many?", said])
    #expect(upstream.requests(for: model).map(\.said) == [[asked]])
    #expect(
      fixture.story(of: run) == [
        "step.started choose", "route.decided choose", "step.completed choose", "step.started way",
        "route.decided way", "step.started \(step)", "step.completed \(step)", "step.completed way",
      ])
    #expect(
      fixture.milestones(run.id).filter { !$0.rawValue.hasPrefix("step") && $0 != .routeDecided } == [
        .messageCreated, .runQueued, .runStarted, .messageCompleted, .runCompleted,
      ])
    await fixture.close()
  }

  @Test func `S003-44 each agent works in a run of its own, and what it takes counts for the whole`()
    async throws
  {
    let upstream = try RunFixture.models([
      "router": Answer.whole("SQL"), "counter": Answer.whole("Ten."), "reader": Answer.whole("-"),
    ])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("router", "counter", "reader", url: upstream.url)
    let run = try await fixture.runs.outcome(
      of: fixture.ask(fixture.makePipeline(Self.routed), "how many?").id)
    let parts = try await fixture.parts(of: run)
    #expect(parts.map(\.step) == ["choose", "sql"] && parts.map(\.agentName) == ["router", "counter"])
    #expect(parts.allSatisfy { $0.status == .completed && $0.parentRun == run.id })
    #expect(run.usage == Usage(inputTokens: 24, outputTokens: 10))
    #expect(
      parts.map(\.usage) == [
        Usage(inputTokens: 12, outputTokens: 5), Usage(inputTokens: 12, outputTokens: 5),
      ])
    let whole = try await fixture.store.read { try $0.runs.usage(of: run.conversation) }
    #expect(whole.usage == run.usage)
    // What a part says on the way is marked, and no part of the conversation.
    let spoken = fixture.published.all.filter { $0.run == parts[0].id && $0.type == .messageDelta }
    #expect(spoken.allSatisfy { $0.step == "choose" && $0.parentRun == run.id })
    #expect(
      spoken.allSatisfy {
        if case .messageDelta(let delta) = $0.body { delta.channel == .step } else { false }
      })
    #expect(try await fixture.messages(of: run).filter { $0.step != nil }.allSatisfy { $0.type == .action })
    await fixture.close()
  }

  @Test func `S003-44 later questions see the answers, not the way there`() async throws {
    let upstream = try RunFixture.models(["draft": Answer.whole("Notes."), "final": Answer.whole("Answer.")])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("draft", "final", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      ["id": "draft", "type": "agent", "agent": "draft"],
      [
        "id": "final", "type": "agent", "agent": "final", "history": true,
        "input": "{{input}} Notes: {{steps.draft.text}}",
      ],
    ])
    let first = try await fixture.runs.outcome(of: fixture.ask(pipeline, "one?").id)
    let second = try await fixture.runs.outcome(of: fixture.ask(pipeline, "two?", in: first.conversation).id)
    #expect(second.status == .completed)
    #expect(
      upstream.requests(for: "final").map(\.said) == [
        ["user: one? Notes: Notes."],
        ["user: one?", "assistant: Answer.", "user: two? Notes: Notes."],
      ])
    #expect(upstream.requests(for: "draft").last?.said == ["user: two?"])
    await fixture.close()
  }

  @Test func `ways side by side are joined, in the order of the plan`() async throws {
    let upstream = try RunFixture.models([
      "slow": [.wait(milliseconds: 50)] + Answer.whole("First."), "quick": Answer.whole("Second."),
    ])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("slow", "quick", url: upstream.url)
    let pipeline = try await fixture.makePipeline([
      [
        "id": "both", "type": "parallel",
        "branches": [
          "a": [["id": "slow", "type": "agent", "agent": "slow"]],
          "b": [["id": "quick", "type": "agent", "agent": "quick"]],
        ],
      ],
      [
        "id": "join", "type": "compose",
        "text": "{{steps.both.data.b.text}} before {{steps.both.data.a.text}}",
      ],
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(run.status == .completed && fixture.shown(run.id) == "Second. before First.")
    #expect(fixture.results(of: run)["both"]?["text"] == "First.\n\nSecond.")
    #expect(try await fixture.messages(of: run).last { $0.step == nil }?.text == "Second. before First.")
    await fixture.close()
  }

  @Test func `a tool is called without a model, with what the caller gave beside the message`() async throws {
    let seen = Recorder<ToolContext>()
    let tool = ScriptedTool("add") { arguments, context in
      seen.record(context)
      return .json(["sum": .integer((arguments["n"]?.integer ?? 0) + 1)])
    }
    let upstream = try RunFixture.models([:])
    let fixture = try await RunFixture(upstream, tools: ToolTable(builtIn: [tool]))
    let pipeline = try await fixture.makePipeline([
      ["id": "add", "type": "tool", "tool": "add", "arguments": ["n": "{{parameters.n}}"]],
      ["id": "say", "type": "compose", "text": "{{steps.add.data.sum}} for {{parameters.company}}"],
    ])
    let parameters: JSONObject = ["n": 41, "company": "co-2"]
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline, parameters: parameters).id)
    #expect(run.status == .completed && fixture.shown(run.id) == "42 for co-2", "\(run)")
    #expect(seen.all.map(\.parameters) == [parameters] && run.usage == nil)
    #expect(fixture.story(of: run).contains("tool.completed add"))
    await fixture.close()
  }

  @Test func `what an agent's tools gave is there for the steps behind it`() async throws {
    let upstream = try ScriptedUpstream { request in
      let hasResult = request.said.contains { $0.hasPrefix("tool") }
      return hasResult ? Answer.whole("Done.") : Answer.calls("Wait.", ("c", "read", #"{"n":7}"#))
    }
    let tool = ScriptedTool("read") { arguments, _ in .json(["rows": [arguments["n"] ?? .null]]) }
    let fixture = try await RunFixture(upstream, tools: ToolTable(builtIn: [tool]))
    try await fixture.makeAgents("clerk", url: upstream.url, config: ["tools": ["read"]])
    let pipeline = try await fixture.makePipeline([
      ["id": "ask", "type": "agent", "agent": "clerk"],
      ["id": "say", "type": "compose", "text": "Row {{steps.ask.tools.read.rows.0}}. {{steps.ask.text}}"],
    ])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    #expect(fixture.shown(run.id) == "Row 7. Done.", "\(run)")
    await fixture.close()
  }

  @Test func `an answering agent's rounds of tools stand before the answer`() async throws {
    let upstream = try ScriptedUpstream { request in
      let hasResult = request.said.contains { $0.hasPrefix("tool") }
      return hasResult ? Answer.whole("It is 7.") : Answer.calls("Let me see.", ("c", "read", #"{"n":7}"#))
    }
    let fixture = try await RunFixture(upstream, tools: ToolTable(builtIn: [ScriptedTool.read]))
    try await fixture.makeAgents("clerk", url: upstream.url, config: ["tools": ["read"]])
    let pipeline = try await fixture.makePipeline([["id": "ask", "type": "handover", "agent": "clerk"]])
    let run = try await fixture.runs.outcome(of: fixture.ask(pipeline).id)
    let messages = try await fixture.messages(of: run)
    #expect(messages.filter { $0.step == nil }.map(\.text) == ["hi", "It is 7."])
    #expect(messages.last?.id == run.output && messages.last?.run == run.id)
    let deltas = fixture.published.all.filter { $0.type == .messageDelta }
    #expect(deltas.allSatisfy { $0.run == run.id } && Set(deltas.map(\.message)).count == 2)
    await fixture.close()
  }
}

/// Questions that a page has stored itself.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct TakenUpQuestionTests {
  /// A conversation whose only message nobody was asked yet.
  private static func begin(
    in fixture: RunFixture
  ) async throws -> (Identifier<Conversation>, Identifier<Message>) {
    try await fixture.store.write { store in
      let conversation = try store.conversations.create().id
      let id: Identifier<Message> = store.newIdentifier()
      let event = try store.append(
        Event(
          conversation: conversation, message: id, at: store.now,
          body: .messageCreated(MessageCreated(role: .user, text: "Well?"))))
      try store.messages.insert(
        Message(
          id: id, conversation: conversation, seq: event.seq, role: .user, text: "Well?", createdAt: store.now
        ))
      return (conversation, id)
    }
  }

  @Test(arguments: [true, false])
  func `a question that stands there already is asked once`(isEqual: Bool) async throws {
    let upstream = try RunFixture.models(["m": Answer.whole("Yes.")])
    let fixture = try await RunFixture(upstream)
    let (conversation, question) = try await Self.begin(in: fixture)
    var invocation = Invocation(agent: fixture.agent, text: isEqual ? "Well?" : "And now?")
    invocation.conversation = conversation
    invocation.takesUpQuestion = true
    let run = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    #expect(run.status == .completed && (run.input == question) == isEqual)
    #expect(upstream.requests.last?.said == (isEqual ? ["user: Well?"] : ["user: Well?", "user: And now?"]))
    // The same again is another question: the newest message is an answer now.
    let again = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    #expect(again.input != run.input && upstream.requests.last?.said.count == (isEqual ? 3 : 4))
    await fixture.close()
  }

  @Test func `of two that ask the same at once, one takes the question up`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in [.waitFor(gate)] + Answer.whole("Yes.") }
    let fixture = try await RunFixture(upstream)
    let (conversation, _) = try await Self.begin(in: fixture)
    var invocation = Invocation(agent: fixture.agent, text: "Well?")
    invocation.conversation = conversation
    invocation.takesUpQuestion = true
    let runs = [try await fixture.runs.invoke(invocation), try await fixture.runs.invoke(invocation)]
    gate.open()
    for run in runs { #expect(try await fixture.runs.outcome(of: run.id).status == .completed) }
    #expect(runs[0].input != runs[1].input)
    await fixture.close()
  }
}
