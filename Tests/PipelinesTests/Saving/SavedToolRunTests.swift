import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools

@testable import Pipelines

/// Agents that keep answers and call tools: each call of the model is kept by itself, and tools are called every time.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct SavedToolRunTests {
  private static let config: JSONObject = ["tools": ["read"], "cache": true]

  private static func model() throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      let said = (try? JSON.parse(request.body))?["messages"]?.array ?? []
      guard said.last?["role"] == "tool" else { return Answer.calls("", ("c1", "read", #"{"n":7}"#)) }
      return Answer.whole("It is ", said.last?["content"]?.string ?? "", ".")
    }
  }

  @Test func `the same question again calls the tool, and no provider`() async throws {
    let calls = Recorder<JSON>()
    let tool = ScriptedTool("read") { arguments, _ in
      calls.record(.object(arguments))
      return .text("seven")
    }
    let upstream = try Self.model()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: ToolTable(builtIn: [tool]))
    var runs: [Run] = []
    for _ in 0..<2 { runs.append(try await fixture.outcome("How many?")) }
    #expect(upstream.requests.count == 2 && calls.all == [["n": 7], ["n": 7]])
    #expect(runs.map { fixture.shown($0.id) } == ["It is seven.", "It is seven."])
    #expect(fixture.milestones(runs[0].id) == fixture.milestones(runs[1].id))
    #expect(try await fixture.attempts(of: runs[1]).map(\.source) == [.cache, .cache])
    #expect(runs[1].cost == .zero && runs[1].usage?.savedOutputTokens == 10)
    await fixture.close()
  }

  @Test func `another result of the tool is another question`() async throws {
    let count = Recorder<Int>()
    let tool = ScriptedTool("read") { _, _ in
      count.record(1)
      return .text("\(count.all.count)")
    }
    let upstream = try Self.model()
    let fixture = try await RunFixture(upstream, config: Self.config, tools: ToolTable(builtIn: [tool]))
    for number in 1...2 {
      let run = try await fixture.outcome("How many?")
      #expect(fixture.shown(run.id) == "It is \(number).")
      #expect(run.cost?.picodollars == (number == 1 ? 2 : 1) * UsageTests.price)
    }
    #expect(upstream.requests.count == 3)
    await fixture.close()
  }

  @Test func `runs that ask the same at once share each call, and call their tools themselves`() async throws
  {
    let (gate, calls) = (Gate(), Recorder<Int>())
    let tool = ScriptedTool("read") { _, _ in
      calls.record(1)
      return .text("seven")
    }
    let upstream = try ScriptedUpstream { request in
      gate.wait()
      return request.text.contains("seven")
        ? Answer.whole("done") : Answer.calls("", ("c1", "read", #"{"n":7}"#))
    }
    let fixture = try await RunFixture(upstream, config: Self.config, tools: ToolTable(builtIn: [tool]))
    var runs: [Run] = []
    for _ in 0..<5 { runs.append(try await fixture.invoke("How many?")) }
    gate.open()
    for run in runs { #expect(try await fixture.runs.outcome(of: run.id).status == .completed) }
    #expect(upstream.requests.count == 2 && calls.all.count == 5)
    #expect(try await fixture.usage().first?.calls == 2)
    await fixture.close()
  }
}
