import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Runs whose models ask for tools, against a scripted provider.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ToolRunTests {
  private static let config: JSONObject = ["tools": ["read"]]

  @Test func `a model gets what its tool answers, and the run ends with its next answer`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("Let me look.", ("c1", "read", #"{"n":7}"#)), Answer.whole("It is 7."))
    let fixture = try await RunFixture(
      upstream, config: Self.config, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome("How many?")
    #expect(run.status == .completed, "\(run)")
    #expect(
      fixture.milestones(run.id) == [
        .messageCreated, .runQueued, .runStarted, .attemptStarted, .attemptCompleted, .messageCompleted,
        .toolStarted, .toolCompleted, .messageCreated, .attemptStarted, .attemptCompleted, .messageCompleted,
        .runCompleted,
      ])
    let messages = try await fixture.messages(of: run)
    #expect(messages.map(\.text) == ["How many?", "Let me look.", "", "It is 7."])
    #expect(messages.map(\.role) == [.user, .agent, .tool, .agent])
    #expect(messages.map(\.type) == [.message, .action, .action, .message])
    #expect(messages.dropFirst().map(\.parent) == messages.dropLast().map(\.id))
    #expect(messages.last?.id == run.output && messages.allSatisfy { $0.run == run.id })
    let request = try #require(try JSON.parse(upstream.requests[1].body)["messages"]?.array)
    #expect(request.map { $0["role"]?.string } == ["user", "assistant", "tool"])
    #expect(request[1]["content"] == "Let me look.")
    #expect(request[1]["tool_calls"]?[0]?["function"]?["arguments"] == #"{"n":7}"#)
    #expect(request[2]["tool_call_id"] == "c1" && request[2]["content"] == "result 7")
    await fixture.close()
  }

  @Test func `every round tells the model of the tools, and counts for the run`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("c1", "read", #"{"n":1}"#)), Answer.calls("", ("c2", "read", #"{"n":2}"#)),
      Answer.whole("done"))
    let fixture = try await RunFixture(
      upstream, config: Self.config, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome()
    #expect(upstream.requests.count == 3)
    for request in upstream.requests {
      let tools = try JSON.parse(request.body)["tools"]
      #expect(
        tools?[0]?["function"]?["name"] == "read" && tools?[0]?["function"]?["description"] == "Does read.")
    }
    #expect(run.usage == Usage(inputTokens: 36, outputTokens: 15))
    #expect(run.cost == Cost(picodollars: 3 * (12 * 1_000_000 + 5 * 4_000_000)))
    #expect(try await fixture.attempts(of: run).map(\.number) == [1, 2, 3])
    #expect(try await fixture.usage().first?.calls == 3)
    let calls = try await fixture.calls(of: run)
    #expect(calls.map(\.number) == [1, 2] && calls.map(\.round) == [1, 2])
    #expect(calls.map(\.status) == [.completed, .completed])
    await fixture.close()
  }

  @Test func `calls of one answer run at once, and their results keep the order of the calls`() async throws {
    let gate = Gate()
    let slow = ScriptedTool("slow") { _, _ in
      while !gate.isOpened { try await Task.sleep(for: .milliseconds(2)) }
      return .text("slow one")
    }
    // Only the second call lets the first one end.
    let quick = ScriptedTool("quick") { _, _ in
      gate.open()
      return .text("quick one")
    }
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("a", "slow", #"{"n":1}"#), ("b", "quick", #"{"n":2}"#)), Answer.whole("done"))
    let fixture = try await RunFixture(
      upstream, config: ["tools": ["slow", "quick"]], tools: ToolTable(builtIn: [slow, quick]))
    let run = try await fixture.outcome()
    #expect(run.status == .completed)
    #expect(upstream.lastMessages.suffix(2).map { $0["content"]?.string } == ["slow one", "quick one"])
    #expect(fixture.bodies(.toolCompleted, of: run.id).map { $0["call"] } == [2, 1])
    await fixture.close()
  }

  @Test func `errors of tools go back to the model and end nothing`() async throws {
    struct Odd: Error {}
    struct Known: CodedError {
      let code = "out_of_paper"
      let message = "There is no paper."
      let hint: String? = "Ask for less."
    }
    let tools = ToolTable(builtIn: [
      ScriptedTool("odd") { _, _ in throw Odd() }, ScriptedTool("known") { _, _ in throw Known() },
      ScriptedTool("sad") { _, _ in .text("HTTP 500", isError: true) },
      ScriptedTool("slow", terms: ToolTerms(timeLimit: .milliseconds(50))) { _, _ in
        try await Task.sleep(for: .seconds(60))
        return .text("late")
      },
    ])
    let upstream = try ScriptedUpstream.answering(
      Answer.calls(
        "", ("1", "odd", #"{"n":1}"#), ("2", "known", #"{"n":1}"#), ("3", "sad", #"{"n":1}"#),
        ("4", "slow", #"{"n":1}"#), ("5", "nope", "{}"), ("6", "odd", #"{"n":"x"}"#), ("7", "odd", "{")),
      Answer.whole("Sorry."))
    let fixture = try await RunFixture(
      upstream, config: ["tools": ["odd", "known", "sad", "slow"]], tools: tools)
    let run = try await fixture.outcome()
    #expect(run.status == .completed, "\(run)")
    let results = upstream.lastMessages.filter { $0["role"] == "tool" }.map { $0["content"]?.string ?? "" }
    try #require(results.count == 7)
    #expect(results[0] == "The tool odd failed.")
    #expect(results[1] == "There is no paper. Ask for less.")
    #expect(results[2] == "HTTP 500")
    #expect(results[3] == "The tool slow did not answer within 50 ms.")
    #expect(results[4] == "There is no tool nope. Tools: odd, known, sad, slow.")
    #expect(results[5].contains("arguments.n must be a whole number, not a string."))
    #expect(results[6].contains("no JSON object"))
    #expect(try await fixture.calls(of: run).map(\.status) == Array(repeating: .failed, count: 7))
    #expect(
      fixture.bodies(.toolFailed, of: run.id).count == 7
        && fixture.bodies(.toolStarted, of: run.id).count == 4)
    await fixture.close()
  }

  @Test func `a long result is cut for the model, and an event shows less of it`() async throws {
    let tool = ScriptedTool("read", terms: ToolTerms(maximumResult: 10_000)) { _, _ in
      .text(String(repeating: "x", count: 20_000))
    }
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("c1", "read", #"{"n":7}"#)), Answer.whole("ok"))
    let fixture = try await RunFixture(upstream, config: Self.config, tools: ToolTable(builtIn: [tool]))
    let run = try await fixture.outcome()
    let content = try #require(upstream.lastMessages.last?["content"]?.string)
    #expect(content.hasSuffix("\n[Cut here: 10000 of 20000 bytes are shown.]") && content.utf8.count < 10_100)
    let event = try #require(fixture.bodies(.toolCompleted, of: run.id).first)
    #expect(
      event["result"]?.string?.utf8.count == 4096 && event["cut"] == true && event["resultBytes"] == 20_000)
    #expect(event["ms"]?.integer != nil)
    await fixture.close()
  }

  @Test func `a model that does not stop asking ends its run with the agent's name, and its text stays`()
    async throws
  {
    let upstream = try ScriptedUpstream { _ in Answer.calls("Again. ", ("c", "read", #"{"n":7}"#)) }
    let config: JSONObject = ["tools": ["read"], "maxToolRounds": 3]
    let fixture = try await RunFixture(
      upstream, config: config, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome()
    #expect(run.status == .failed && run.error?.code == "tool_rounds_exhausted")
    #expect(run.error?.message == "The agent Scripted still asks for tools after 3 rounds of them.")
    #expect(upstream.requests.count == 4)
    let messages = try await fixture.messages(of: run)
    #expect(messages.filter { $0.role == .agent }.map(\.text) == Array(repeating: "Again. ", count: 4))
    #expect(messages.last?.id == run.output && messages.last?.type == .message)
    #expect(run.usage?.outputTokens == 20)
    await fixture.close()
  }

  @Test func `eight rounds are what is usual`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.calls("", ("c", "read", #"{"n":7}"#)) }
    let fixture = try await RunFixture(
      upstream, config: Self.config, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome()
    #expect(run.error?.code == "tool_rounds_exhausted" && upstream.requests.count == 9)
    #expect(try await fixture.calls(of: run).count == 8)
    await fixture.close()
  }

  @Test func `later runs see what was asked and answered`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("c1", "read", #"{"n":7}"#)), Answer.whole("7"), Answer.whole("again"))
    let fixture = try await RunFixture(
      upstream, config: Self.config, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome("one")
    _ = try await fixture.runs.outcome(of: fixture.invoke("two", in: run.conversation).id)
    #expect(
      upstream.lastMessages.map { $0["role"]?.string } == ["user", "assistant", "tool", "assistant", "user"])
    await fixture.close()
  }

  @Test func `a tool is told for whom it works, in the words of the agent`() async throws {
    let contexts = Recorder<ToolContext>()
    let tool = ScriptedTool("read") { _, context in
      contexts.record(context)
      return .json(["ok": true])
    }
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("c1", "read", #"{"n":7}"#)), Answer.whole("7"))
    let config: JSONObject = ["tools": [["name": "read", "settings": ["table": "t1"]]]]
    let fixture = try await RunFixture(upstream, config: config, tools: ToolTable(builtIn: [tool]))
    let run = try await fixture.outcome()
    #expect(
      contexts.all == [
        ToolContext(
          run: run.id, conversation: run.conversation, agent: run.agentReference, call: 1,
          settings: ["table": "t1"])
      ])
    await fixture.close()
  }

  @Test func `an agent whose tool does not exist says so`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, config: ["tools": ["gone"]])
    let run = try await fixture.outcome()
    #expect(run.status == .failed && run.error?.code == "tool_not_found")
    #expect(run.error?.message == "The agent Scripted may call the tool gone, which does not exist.")
    #expect(upstream.requests.isEmpty)
    await fixture.close()
  }

  @Test func `a stop ends the tool at once, and what it has done stays`() async throws {
    let entered = Gate()
    let cancelled = Gate()
    let tools = ToolTable(builtIn: [
      ScriptedTool.read,
      ScriptedTool("slow") { _, _ in
        entered.open()
        defer { cancelled.open() }
        try await Task.sleep(for: .seconds(60))
        return .text("late")
      },
    ])
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("Working.", ("a", "read", #"{"n":1}"#), ("b", "slow", #"{"n":2}"#)), Answer.whole("after"))
    let fixture = try await RunFixture(upstream, config: ["tools": ["read", "slow"]], tools: tools)
    let run = try await fixture.invoke("go")
    try await fixture.wait { entered.isOpened && !fixture.bodies(.toolCompleted, of: run.id).isEmpty }
    let began = ContinuousClock.now
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    #expect(ContinuousClock.now - began < TimeLimit.patience(.seconds(1)))
    #expect(cancelled.isOpened)
    let calls = try await fixture.calls(of: run)
    #expect(calls.map(\.status) == [.completed, .stopped])
    let messages = try await fixture.messages(of: run)
    #expect(messages.map(\.text) == ["go", "Working.", ""])
    #expect([MessagePart](json: messages.last?.parts).count == 2)
    #expect(fixture.milestones(run.id).last == .runStopped)
    // The next run can tell what was done.
    _ = try await fixture.runs.outcome(of: fixture.invoke("and?", in: run.conversation).id)
    #expect(
      upstream.lastMessages.map { $0["role"]?.string } == ["user", "assistant", "tool", "tool", "user"])
    await fixture.close()
  }

  @Test func `what a tool has done although its run was stopped is told, and nothing more begins`()
    async throws
  {
    let entered = Recorder<String>()
    let cut = Gate()
    // Ends at once when it is cut; the stubborn one ends after it, with an answer.
    let quick = ScriptedTool("quick") { _, _ in
      entered.record("quick")
      defer { cut.open() }
      try await Task.sleep(for: .seconds(60))
      return .text("late")
    }
    let stubborn = ScriptedTool("stubborn") { _, _ in
      entered.record("stubborn")
      while !cut.isOpened { try? await Task.sleep(for: .milliseconds(2)) }
      // Long enough for the other's end to be heard first.
      await Task { try? await Task.sleep(for: .milliseconds(50)) }.value
      return .text("done")
    }
    let names = Array(repeating: "quick", count: 7) + ["stubborn", "quick"]
    let calls = names.enumerated().map { (id: "c\($0)", name: $1, arguments: #"{"n":1}"#) }
    let upstream = try ScriptedUpstream.answering(Answer.calls(list: calls), Answer.whole("after"))
    let fixture = try await RunFixture(
      upstream, config: ["tools": ["quick", "stubborn"]], tools: ToolTable(builtIn: [quick, stubborn]))
    let run = try await fixture.invoke("go")
    try await fixture.wait { entered.all.count == 8 }
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    let statuses = try await fixture.calls(of: run).map(\.status)
    #expect(statuses == Array(repeating: .stopped, count: 7) + [.completed, .stopped])
    #expect(entered.all.count == 8)
    #expect(fixture.bodies(.toolCompleted, of: run.id).map { $0["result"] } == ["done"])
    await fixture.close()
  }

  @Test func `a tool that was changed, or wants approval now, is not called with what was asked before`()
    async throws
  {
    for terms in [ToolTerms(fingerprint: "2"), ToolTerms(approval: .always, fingerprint: "1")] {
      let called = Recorder<JSON>()
      let tool = ScriptedTool("read", terms: terms) { arguments, _ in
        called.record(.object(arguments))
        return .text("ok")
      }
      let upstream = try ScriptedUpstream.answering(Answer.whole("ok"))
      let fixture = try await RunFixture(upstream)
      let run = try await fixture.outcome()
      let asked = ToolLoopMachine.Terms(schema: ["type": "object"], fingerprint: "1")
      var loop = ToolLoopMachine(run: run.id, agent: "A", tools: [("read", asked)])
      let wish = ToolCall(id: "c", name: "read", arguments: #"{"n":1}"#)
      #expect(loop.answered([wish], at: Timestamp(milliseconds: 0)) == .call)
      let offer = ToolOffer(tool: tool, grant: ToolGrant(name: "read"))
      let driver = ToolDriver(
        store: fixture.store, run: run, offers: [offer], now: { Timestamp(milliseconds: 1) },
        log: .silent)
      try await driver.perform(&loop)
      #expect(loop.calls.first?.error?.code == "tool_changed" && called.all.isEmpty)
      #expect(loop.calls.first?.error?.message.contains("after the call had been asked for") == true)
      await fixture.close()
    }
  }

  @Test func `each round may ask another key, and that is no rotation`() async throws {
    let upstream = try ScriptedUpstream.answering(
      Answer.calls("", ("c1", "read", #"{"n":1}"#)), Answer.whole("done"))
    let fixture = try await RunFixture(
      upstream, config: Self.config, keys: ["key-1", "key-2"], tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome()
    #expect(Set(upstream.requests.map(\.key)) == ["key-1", "key-2"])
    #expect(!fixture.milestones(run.id).contains(.keyRotated))
    await fixture.close()
  }

  @Test func `an agent without tools leaves the calls of its model alone`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.calls("", ("c1", "read", #"{"n":1}"#)) }
    let fixture = try await RunFixture(upstream, tools: ToolTable(builtIn: [ScriptedTool.read]))
    let run = try await fixture.outcome()
    #expect(run.status == .completed && upstream.requests.count == 1)
    #expect(try await fixture.calls(of: run).isEmpty)
    await fixture.close()
  }
}
