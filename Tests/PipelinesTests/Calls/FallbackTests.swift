import Basics
import Model
import Providers
import Storage
import Synchronization
import TestKit
import Testing

@testable import Pipelines

/// Runs over real servers that fail in all the ways servers do.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct FallbackTests {
  private static func chain(to upstream: ScriptedUpstream, model: String = "gpt-4o-mini") -> JSONObject {
    [
      "fallbacks": [
        ["provider": "openai", "model": .string(model), "baseUrl": .string(upstream.url + "/v1")]
      ]
    ]
  }

  private static let cut: [ScriptedUpstream.Action] = [Answer.head, Answer.piece("Half an "), .reset]

  @Test func `when the agent's provider refuses, its fallback answers and is remembered`() async throws {
    let first = try ScriptedUpstream { _ in Answer.refusal(403, "no access to the model") }
    let second = try ScriptedUpstream { _ in Answer.whole("from the second") }
    let fixture = try await RunFixture(first, config: Self.chain(to: second))
    let run = try await fixture.outcome()
    #expect(run.status == .completed && fixture.shown(run.id) == "from the second")
    let attempts = try await fixture.attempts(of: run)
    #expect(attempts.map(\.model) == ["m", "gpt-4o-mini"])
    let usage = try await fixture.usage(by: [.model])
    #expect(usage.map(\.model) == ["gpt-4o-mini", "m"] && usage.map(\.usage.inputTokens) == [12, 0])
    #expect(try JSON.parse(second.requests[0].body)["model"]?.string == "gpt-4o-mini")
    _ = try await fixture.outcome()
    #expect(first.requests.count == 1 && second.requests.count == 2)
    await fixture.close()
  }

  @Test func `what an agent's requests say besides is for its own server alone`() async throws {
    let first = try ScriptedUpstream { _ in Answer.refusal(403, "no access to the model") }
    let second = try ScriptedUpstream { _ in Answer.whole("from the second") }
    var config = Self.chain(to: second)
    config["providerHeaders"] = ["X-Team-Secret": "violet"]
    let fixture = try await RunFixture(first, config: config)
    #expect(try await fixture.outcome().status == .completed)
    #expect(first.requests[0]["x-team-secret"] == "violet")
    #expect(second.requests[0]["x-team-secret"] == nil)
    await fixture.close()
  }

  @Test func `an answer that breaks off before anything was seen is asked for again`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("again") ? Answer.whole("whole") : [Answer.head, .close]
    }
    let fallback = try ScriptedUpstream { _ in Answer.whole("whole") }
    let fixture = try await RunFixture(upstream, config: Self.chain(to: fallback))
    let run = try await fixture.outcome()
    #expect(run.status == .completed && fixture.shown(run.id) == "whole")
    #expect(upstream.requests.count == 2 && fallback.requests.count == 1)
    #expect(try await fixture.attempts(of: run).map(\.status) == [.failed, .failed, .completed])
    await fixture.close()
  }

  @Test func `an answer that breaks off after something was seen ends the run, and keeps its text`()
    async throws
  {
    let upstream = try ScriptedUpstream { _ in Self.cut }
    let fallback = try ScriptedUpstream { _ in Answer.whole("other") }
    let fixture = try await RunFixture(upstream, config: Self.chain(to: fallback))
    let run = try await fixture.outcome()
    #expect(run.status == .failed && fallback.requests.isEmpty && upstream.requests.count == 1)
    #expect(fixture.shown(run.id) == "Half an ")
    #expect(try await fixture.messages(of: run).map(\.text) == ["hi", "Half an "])
    let attempts = try await fixture.attempts(of: run)
    #expect(attempts.map(\.status) == [.failed])
    #expect(attempts[0].answeredAt != nil && attempts[0].error?.code == run.error?.code)
    await fixture.close()
  }

  @Test func `an error inside an answer that has begun with nothing visible moves on`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [
        Answer.head, .chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n"),
        .chunk("data: {\"error\":{\"message\":\"model is overloaded\",\"type\":\"insufficient_quota\"}}\n\n"),
        .lastChunk,
      ]
    }
    let fallback = try ScriptedUpstream { _ in Answer.whole("other") }
    let fixture = try await RunFixture(upstream, config: Self.chain(to: fallback))
    let run = try await fixture.outcome()
    #expect(run.status == .completed && fixture.shown(run.id) == "other")
    await fixture.close()
  }

  @Test func `a server that fails once is asked again after a pause`() async throws {
    let upstream = try ScriptedUpstream { request in Answer.whole("ok") }
    let flaky = FlakyScript(failures: 1)
    let server = try ScriptedUpstream { _ in flaky.next() ? Answer.whole("ok") : Answer.refusal(500, "oops") }
    let fixture = try await RunFixture(server, config: Self.chain(to: upstream))
    let run = try await fixture.outcome()
    #expect(run.status == .completed)
    #expect(server.requests.count == 2 && upstream.requests.isEmpty)
    await fixture.close()
  }

  @Test func `a model that keeps failing is left alone for a while`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.refusal(500, "oops") }
    var limits = ProviderGate.Limits()
    limits.policy.pause = .milliseconds(1)
    // Long enough for a machine that is busy, and too short for the circuit.
    limits.policy.patience = .seconds(10)
    limits.circuit.rest = 600_000_000_000
    let fixture = try await RunFixture(upstream, limits: limits)
    for _ in 0..<2 { #expect(try await fixture.outcome().error?.code == "provider_server_error") }
    #expect(upstream.requests.count == 5)
    let run = try await fixture.outcome()
    #expect(run.error?.code == "provider_circuit_open")
    #expect(upstream.requests.count == 5)
    #expect(fixture.runs.gate.condition(of: "openai").openCircuits == ["m"])
    _ = fixture.runs.gate.reset()
    #expect(try await fixture.outcome().error?.code == "provider_server_error")
    await fixture.close()
  }

  @Test func `no more calls are under way than a provider may have`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [Answer.head, Answer.piece("x"), .waitFor(gate)] + Answer.finish
    }
    var limits = ProviderGate.Limits()
    limits.callsPerProvider = 2
    let fixture = try await RunFixture(upstream, limits: limits)
    let runs = try await [fixture.invoke("1"), fixture.invoke("2"), fixture.invoke("3")]
    #expect(await upstream.wait { $0.requests.count == 2 })
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 2)
    gate.open()
    for run in runs { #expect(try await fixture.runs.outcome(of: run.id).status == .completed) }
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 0)
    await fixture.close()
  }

  @Test func `a run that is stopped tells that its attempt was`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("x"), .stall] }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.invoke("hi")
    try await fixture.waitForText("x", of: run.id)
    #expect(try await fixture.runs.stop(run.id).status == .stopped)
    #expect(try await fixture.attempts(of: run).map(\.status) == [.stopped])
    #expect(fixture.milestones(run.id).suffix(3) == [.attemptStopped, .messageCompleted, .runStopped])
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 0)
    await fixture.close()
  }

  @Test func `an answer that is as long as it may be is a whole attempt`() async throws {
    let long = String(repeating: "x", count: RunMachine.maximumText + 10)
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece(long), .stall] }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.outcome()
    #expect(run.status == .completed)
    #expect(try await fixture.attempts(of: run).map(\.status) == [.completed])
    #expect(await upstream.wait { $0.closedByPeer == 1 })
    await fixture.close()
  }

  @Test func `a demo asks nobody, so it has no attempts`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in [] })
    let run = try await fixture.runs.outcome(
      of: fixture.runs.invoke(Invocation(agent: BuiltInAgents.demo.id, text: "hi")).id)
    #expect(run.status == .completed)
    #expect(try await fixture.attempts(of: run).isEmpty)
    await fixture.close()
  }
}

/// Says false some times, then true.
private final class FlakyScript: Sendable {
  private let failures: Mutex<Int>

  init(failures: Int) { self.failures = Mutex(failures) }

  func next() -> Bool {
    failures.withLock { left in
      left -= 1
      return left < 0
    }
  }
}
