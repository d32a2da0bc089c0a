import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Calls that want their agent in another way than it is stored.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct AgentOverridesTests {
  private static let lookUp = ToolDefinition(
    name: "look_up", description: "Looks up.", parameters: ["type": "object", "properties": [:]])

  private static func overrides(_ change: (inout AgentOverrides) -> Void) -> AgentOverrides {
    var overrides = AgentOverrides()
    change(&overrides)
    return overrides
  }

  private static func call(
    _ fixture: RunFixture, _ overrides: AgentOverrides, _ change: (inout Invocation) -> Void = { _ in }
  ) async throws -> Run {
    var invocation = Invocation(agent: fixture.agent, text: "hi")
    invocation.overrides = overrides
    change(&invocation)
    return try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
  }

  private static func body(_ request: ScriptedUpstream.Request?) -> JSON { request?.json ?? .null }

  @Test func `one call has its own settings and instructions, and the agent keeps its own`() async throws {
    let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
    let fixture = try await RunFixture(
      upstream, config: ["systemPrompt": "Be brief.", "temperature": 0.3, "maxTokens": 77])
    let wanted = Self.overrides {
      $0.config = ["temperature": 1.5, "stop": ["END"], "responseFormat": "json"]
      $0.instructions = "Be kind."
      $0.model = "m2"
    }
    let run = try await Self.call(fixture, wanted)
    let body = Self.body(upstream.requests.last)
    #expect(upstream.requests.last?.said == ["system: Be brief.\n\nBe kind.", "user: hi"])
    #expect(body["temperature"] == 1.5 && body["stop"] == ["END"] && body["model"] == "m2")
    #expect(body["response_format"] == ["type": "json_object"])
    #expect((body["max_tokens"] ?? body["max_completion_tokens"])?.integer == 77)
    #expect(try await fixture.stored(run.id).overrides == wanted)
    _ = try await fixture.outcome()
    #expect(upstream.requests.last?.said == ["system: Be brief.", "user: hi"])
    #expect(Self.body(upstream.requests.last)["temperature"] == 0.3)
    await fixture.close()
  }

  @Test func `parameters stay what they are beside overrides, whatever their names`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream.answering(Answer.whole("ok")))
    let parameters: JSONObject = ["overrides": ["model": "evil"], "0": 1]
    let plain = try await Self.call(fixture, AgentOverrides()) { $0.parameters = parameters }
    #expect(try await fixture.stored(plain.id).overrides.isEmpty)
    #expect(try await fixture.stored(plain.id).parameters == parameters)
    let wanted = Self.overrides { $0.instructions = "x" }
    let both = try await Self.call(fixture, wanted) { $0.parameters = parameters }
    #expect(try await fixture.stored(both.id).overrides == wanted)
    #expect(try await fixture.stored(both.id).parameters == parameters)
    await fixture.close()
  }

  @Test func `a run that is asked again wants the same of its agent`() async throws {
    let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
    let fixture = try await RunFixture(upstream)
    let run = try await Self.call(fixture, Self.overrides { $0.instructions = "Be kind." })
    let again = try await fixture.runs.outcome(of: fixture.runs.rerun(run.id).id)
    #expect(again.status == .completed)
    #expect(upstream.requests.last?.said == ["system: Be kind.", "user: hi"])
    await fixture.close()
  }

  @Test func `a call of the caller's tool ends the run, and its result goes on with it`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("Let me see.", ("c1", "look_up", #"{"q":"x"}"#)), Answer.whole("It is x."))
    let fixture = try await RunFixture(upstream)
    let wanted = Self.overrides {
      $0.tools = [Self.lookUp]
      $0.toolChoice = .required
      $0.allowsParallelCalls = false
    }
    let run = try await Self.call(fixture, wanted)
    #expect(run.status == .completed && upstream.requests.count == 1)
    let body = Self.body(upstream.requests.last)
    #expect(body["tools"]?.array?.compactMap { $0["function"]?["name"]?.string } == ["look_up"])
    #expect(body["tool_choice"] == "required" && body["parallel_tool_calls"] == false)
    let asked = try #require(try await fixture.messages(of: run).last)
    #expect([MessagePart](json: asked.parts).toolCalls.map(\.id) == ["c1"])
    #expect(try await fixture.calls(of: run).isEmpty)
    let next = try await Self.call(fixture, Self.overrides { $0.tools = [Self.lookUp] }) {
      $0.text = ""
      $0.parts = [
        MessagePart(.toolResult(ToolResult(call: "c1", name: "look_up", parts: [.text("x")])))
      ]
      $0.conversation = run.conversation
    }
    #expect(next.status == .completed)
    #expect(
      upstream.requests.last?.said == ["user: hi", "assistant: Let me see.", "tool: x"])
    #expect(upstream.lastMessages.last?["tool_call_id"] == "c1")
    let roles = try await fixture.messages(of: run).map(\.role)
    #expect(roles == [.user, .agent, .tool, .agent])
    await fixture.close()
  }

  @Test func `the agent's own tools work as ever beside the caller's`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("a", "read", #"{"n":1}"#)),
      Answer.calls("", ("b", "read", #"{"n":2}"#), ("c", "look_up", "{}")), Answer.whole("never"))
    let fixture = try await RunFixture(
      upstream, config: ["tools": ["read"]], tools: ToolTable(builtIn: [ScriptedTool.read]))
    let wanted = Self.overrides {
      $0.tools = [Self.lookUp]
      $0.toolChoice = .required
    }
    let run = try await Self.call(fixture, wanted)
    #expect(run.status == .completed && upstream.requests.count == 2)
    let names = Self.body(upstream.requests.first)["tools"]?.array?.compactMap {
      $0["function"]?["name"]?.string
    }
    #expect(names == ["read", "look_up"])
    #expect(Self.body(upstream.requests.first)["tool_choice"] == "required")
    // The choice is met by any call.
    #expect(Self.body(upstream.requests.last)["tool_choice"] == nil)
    #expect(try await fixture.calls(of: run).map(\.call.id) == ["a"])
    let last = try #require(try await fixture.messages(of: run).last)
    #expect([MessagePart](json: last.parts).toolCalls.map(\.id) == ["b", "c"])
    await fixture.close()
  }

  @Test(
    arguments: [
      ([:], ["look_up"], "none"), (["tools": ["read"]], ["read"], nil),
    ] as [(JSONObject, [String], JSON?)])
  func `a caller that wants no calls does not take the agent's own tools away`(
    config: JSONObject, names: [String], choice: JSON?
  ) async throws {
    let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
    let fixture = try await RunFixture(
      upstream, config: config, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let wanted = Self.overrides {
      $0.tools = [Self.lookUp]
      $0.toolChoice = .never
    }
    _ = try await Self.call(fixture, wanted)
    let body = Self.body(upstream.requests.last)
    #expect(body["tools"]?.array?.compactMap { $0["function"]?["name"]?.string } == names)
    #expect(body["tool_choice"] == choice)
    await fixture.close()
  }

  @Test func `what was said before is stored in order, with the message, and read by the model`() async throws
  {
    let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
    let fixture = try await RunFixture(upstream)
    let call = ToolCall(id: "c1", name: "look_up", arguments: "{}")
    let run = try await Self.call(fixture, AgentOverrides()) {
      $0.earlier = [
        GivenMessage(role: .user, parts: [.text("Who are you?")]),
        GivenMessage(role: .agent, parts: [.text("See."), MessagePart(.toolCall(call))]),
        GivenMessage(
          role: .tool,
          parts: [MessagePart(.toolResult(ToolResult(call: "c1", name: "look_up", parts: [.text("Ada")])))]),
        GivenMessage(role: .agent, parts: [.text("I am Ada.")]),
      ]
    }
    #expect(
      upstream.requests.last?.said == [
        "user: Who are you?", "assistant: See.", "tool: Ada", "assistant: I am Ada.", "user: hi",
      ])
    let messages = try await fixture.messages(of: run)
    #expect(messages.map(\.role) == [.user, .agent, .tool, .agent, .user, .agent])
    #expect(messages.map(\.type) == [.message, .action, .action, .message, .message, .message])
    #expect(messages.dropFirst().map(\.parent) == messages.dropLast().map(\.id))
    #expect(messages.map(\.run) == [nil, nil, nil, nil, run.id, run.id])
    let title = try await fixture.store.read { try $0.conversations.get(run.conversation)?.title }
    #expect(title == "Who are you?")
    await fixture.close()
  }

  @Test func `all that a caller brings goes along, unless the agent has a limit of its own`() async throws {
    let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
    let past = (0..<300).map {
      GivenMessage(role: $0.isMultiple(of: 2) ? .user : .agent, parts: [.text("\($0)")])
    }
    let fixture = try await RunFixture(upstream)
    _ = try await Self.call(fixture, Self.overrides { $0.earlierMessages = 300 }) { $0.earlier = past }
    #expect(upstream.lastMessages.count == 301)
    let bounded = try await RunFixture(upstream, config: ["maxHistory": 5])
    _ = try await Self.call(bounded, Self.overrides { $0.earlierMessages = 300 }) { $0.earlier = past }
    #expect(
      upstream.requests.last?.said == [
        "user: 296", "assistant: 297", "user: 298", "assistant: 299", "user: hi",
      ])
    await fixture.close()
    await bounded.close()
  }

  @Test func `results of tools are never without the question that led to them`() async throws {
    let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
    let fixture = try await RunFixture(upstream, config: ["maxHistory": 1])
    let call = ToolCall(id: "c1", name: "look_up", arguments: "{}")
    _ = try await Self.call(fixture, Self.overrides { $0.tools = [Self.lookUp] }) {
      $0.earlier = [
        GivenMessage(role: .user, parts: [.text("old")]), GivenMessage(role: .agent, parts: [.text("ok")]),
        GivenMessage(role: .user, parts: [.text("new")]),
        GivenMessage(role: .agent, parts: [MessagePart(.toolCall(call))]),
      ]
      $0.text = ""
      $0.parts = [MessagePart(.toolResult(ToolResult(call: "c1", name: "look_up", parts: [.text("x")])))]
    }
    #expect(upstream.requests.last?.said == ["user: new", "assistant: ", "tool: x"])
    await fixture.close()
  }

  @Test func `the same key with other wishes is another request`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream.answering(Answer.whole("ok")))
    let first = try await Self.call(fixture, Self.overrides { $0.instructions = "a" }) { $0.key = "k" }
    let same = try await Self.call(fixture, Self.overrides { $0.instructions = "a" }) { $0.key = "k" }
    #expect(first.id == same.id)
    await #expect(throws: RunError.keyReused) {
      try await Self.call(fixture, Self.overrides { $0.instructions = "b" }) { $0.key = "k" }
    }
    await #expect(throws: RunError.keyReused) {
      try await Self.call(fixture, Self.overrides { $0.instructions = "a" }) {
        $0.key = "k"
        $0.earlier = [GivenMessage(role: .user, parts: [.text("x")])]
      }
    }
    await fixture.close()
  }

  @Test func `of a pipeline, the agent that writes the answer is the one who is meant`() async throws {
    let upstream = try RunFixture.models(["thinker": Answer.whole("Ten"), "writer": Answer.whole("Ten.")])
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("thinker", "writer", url: upstream.url, config: ["temperature": 0.1])
    let pipeline = try await fixture.makePipeline([
      ["id": "think", "type": "agent", "agent": "thinker"],
      ["id": "write", "type": "agent", "agent": "writer", "config": ["temperature": 0.2]],
    ])
    var invocation = Invocation(agent: pipeline, text: "hi")
    invocation.overrides = Self.overrides {
      $0.config = ["temperature": 0.9]
      $0.instructions = "Rhyme."
    }
    let run = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    #expect(run.status == .completed, "\(run)")
    let thinker = upstream.requests(for: "thinker").first
    let writer = upstream.requests(for: "writer").first
    #expect(thinker?.json["temperature"] == 0.1 && thinker?.said.first == "user: hi")
    #expect(writer?.json["temperature"] == 0.9 && writer?.said.first == "system: Rhyme.")
    await fixture.close()
  }

  @Test func `a refusal is stored as what it is`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [
        Answer.head, .chunk(#"data: {"choices":[{"index":0,"delta":{"refusal":"I will not."}}]}"# + "\n\n"),
      ] + Answer.finish
    }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.outcome()
    let answer = try #require(try await fixture.messages(of: run).last)
    #expect(
      answer.text == "I will not."
        && [MessagePart](json: answer.parts).map(\.content) == [.refusal("I will not.")])
    await fixture.close()
  }

  @Test func `a run that failed says when to try again`() async throws {
    let upstream = try ScriptedUpstream.answering(Answer.refusal(429, "slow", fields: ["Retry-After: 3600"]))
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.outcome()
    #expect(run.status == .failed && run.error?.retryAfterMilliseconds == 3_600_000, "\(run)")
    #expect(try await fixture.stored(run.id).error == run.error)
    await fixture.close()
  }
}
