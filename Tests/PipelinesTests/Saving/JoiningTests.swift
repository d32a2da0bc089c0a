import Basics
import Model
import Providers
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Equal calls at the same time, over a server that counts them.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct JoiningTests {
  private static func gated(_ gate: Gate) -> [ScriptedUpstream.Action] {
    [Answer.head, Answer.piece("one "), .waitFor(gate), Answer.piece("two")] + Answer.finish
  }

  @Test(arguments: [["cache": true] as JSONObject, ["joinCalls": true]])
  func `S002-41 fifty equal questions at once make one call, which is paid for once`(config: JSONObject)
    async throws
  {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Self.gated(gate) }
    let fixture = try await RunFixture(upstream, config: config)
    let runs = try await withThrowingTaskGroup(of: Run.self) { group in
      for _ in 0..<50 { group.addTask { try await fixture.invoke("hi") } }
      return try await group.reduce(into: [Run]()) { $0.append($1) }
    }
    for run in runs { try await fixture.waitForText("one ", of: run.id) }
    gate.open()
    var ends: [Run] = []
    for run in runs { ends.append(try await fixture.runs.outcome(of: run.id)) }
    #expect(upstream.requests.count == 1)
    #expect(ends.allSatisfy { $0.status == .completed && fixture.shown($0.id) == "one two" })
    #expect(ends.map { $0.cost?.picodollars ?? -1 }.sorted().suffix(2) == [0, UsageTests.price])
    let sum = try #require(try await fixture.usage().first)
    #expect(sum.calls == 1 && sum.joinedCalls == 49 && sum.cachedCalls == 0)
    #expect(sum.cost.picodollars == UsageTests.price && sum.savedCost.picodollars == 49 * UsageTests.price)
    #expect(fixture.joined == 49)
    await fixture.close()
  }

  @Test func `who comes late gets what came so far at once, then the rest`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Self.gated(gate) }
    let fixture = try await RunFixture(upstream, config: ["joinCalls": true])
    let first = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: first.id)
    let late = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: late.id)
    #expect(fixture.shown(late.id) == "one ")
    gate.open()
    #expect(try await fixture.runs.outcome(of: late.id).status == .completed)
    #expect(fixture.shown(late.id) == "one two" && upstream.requests.count == 1)
    _ = try await fixture.runs.outcome(of: first.id)
    // Nothing is kept for agents that only join: the next one asks.
    _ = try await fixture.outcome("hi")
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  @Test func `when the first is stopped, the call goes on for the others, and is counted for the first`()
    async throws
  {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Self.gated(gate) }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let first = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: first.id)
    let second = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: second.id)
    let stopped = try await fixture.runs.stop(first.id)
    #expect(stopped.status == .stopped && stopped.cost == nil && stopped.usage == nil)
    gate.open()
    let end = try await fixture.runs.outcome(of: second.id)
    #expect(end.status == .completed && fixture.shown(second.id) == "one two" && end.cost == .zero)
    #expect(upstream.requests.count == 1)
    try await Self.eventually { try await fixture.store.read { try $0.runs.get(first.id)?.cost != nil } }
    let counted = try #require(try await fixture.store.read { try $0.runs.get(first.id) })
    #expect(counted.cost?.picodollars == UsageTests.price && counted.usage == UsageTests.told)
    let sum = try #require(try await fixture.usage().first)
    #expect(sum.calls == 1 && sum.joinedCalls == 1 && sum.cost.picodollars == UsageTests.price)
    #expect(try await fixture.attempts(of: first).map(\.status) == [.completed])
    #expect(try await fixture.outcome("hi").cost == .zero && upstream.requests.count == 1)
    await fixture.close()
  }

  @Test func `what outlasts a part counts for the pipelines around it, too`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Self.gated(gate) }
    let fixture = try await RunFixture(upstream)
    try await fixture.makeAgents("m", url: upstream.url, config: ["joinCalls": true])
    let step: JSON = ["id": "a", "type": "agent", "agent": "m"]
    try await fixture.makePipeline([step], name: "Inner")
    let outer = try await fixture.makePipeline([
      ["id": "o", "type": "agent", "agent": "Inner"]
    ])
    let first = try await fixture.ask(outer)
    try await fixture.waitForText("one ", of: first.id)
    let second = try await fixture.ask(outer)
    try await fixture.waitForText("one ", of: second.id)
    #expect(try await fixture.runs.stop(first.id).status == .stopped)
    gate.open()
    #expect(try await fixture.runs.outcome(of: second.id).status == .completed)
    #expect(upstream.requests.count == 1)
    let parts = try await fixture.parts(of: first)
    #expect(parts.map(\.step) == ["o", "o.a"])
    for run in parts.map(\.id) + [first.id] {
      try await Self.eventually { try await fixture.store.read { try $0.runs.get(run)?.cost != nil } }
      let counted = try #require(try await fixture.store.read { try $0.runs.get(run) })
      #expect(counted.cost?.picodollars == UsageTests.price && counted.usage == UsageTests.told)
    }
    await fixture.close()
  }

  private static func eventually(_ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while try await !holds() {
      guard ContinuousClock.now < end else { throw RunFixtureError.tookTooLong }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  @Test func `a first one whose conversation is deleted leaves its cost in the sums`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Self.gated(gate) }
    let fixture = try await RunFixture(upstream, config: ["joinCalls": true])
    let first = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: first.id)
    let second = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: second.id)
    _ = try await fixture.runs.stop(first.id)
    try await fixture.store.write { try $0.conversations.delete(first.conversation) }
    gate.open()
    #expect(try await fixture.runs.outcome(of: second.id).status == .completed)
    try await Self.eventually { try await fixture.usage().first?.calls == 1 }
    #expect(try await fixture.usage().first?.cost.picodollars == UsageTests.price)
    await fixture.close()
  }

  @Test func `when everybody is stopped, the call ends and is counted`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("one "), .stall] }
    let fixture = try await RunFixture(upstream, config: ["joinCalls": true])
    let first = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: first.id)
    let second = try await fixture.invoke("hi")
    try await fixture.waitForText("one ", of: second.id)
    for run in [first, second] { #expect(try await fixture.runs.stop(run.id).status == .stopped) }
    #expect(await upstream.wait { $0.closedByPeer == 1 })
    try await Self.eventually { try await fixture.store.read { try $0.runs.get(first.id)?.cost != nil } }
    let sum = try #require(try await fixture.usage().first)
    #expect(sum.calls == 1 && sum.joinedCalls == 1 && sum.estimatedCalls == 1)
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 0)
    await fixture.close()
  }

  @Test func `a hub that leaves interrupts all of them, and counts the call`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("one "), .stall] }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let runs = [try await fixture.invoke("hi"), try await fixture.invoke("hi")]
    for run in runs { try await fixture.waitForText("one ", of: run.id) }
    await fixture.runs.drain()
    for run in runs {
      #expect(try await fixture.store.read { try $0.runs.get(run.id)?.status } == .interrupted)
    }
    try await Self.eventually { try await fixture.usage().first?.calls == 1 }
    await fixture.close()
  }

  @Test func `when the server fails midway, each has the error and what came until then`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("half"), .waitFor(gate), .reset] }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let runs = [
      try await fixture.invoke("hi"), try await fixture.invoke("hi"), try await fixture.invoke("hi"),
    ]
    for run in runs { try await fixture.waitForText("half", of: run.id) }
    gate.open()
    for run in runs {
      let end = try await fixture.runs.outcome(of: run.id)
      #expect(end.status == .failed && end.error?.code.hasPrefix("provider_") == true)
      #expect(try await fixture.messages(of: run).last?.text == "half")
      #expect(try await fixture.attempts(of: run).map(\.status) == [.failed])
    }
    #expect(upstream.requests.count == 1)
    let sum = try #require(try await fixture.usage().first)
    #expect(sum.calls == 1 && sum.joinedCalls == 2 && sum.unpricedCalls == 0)
    _ = try await fixture.outcome("hi")
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  @Test func `a refusal is everybody's, and tries again count once`() async throws {
    let keys = KeyRotationTests.keys(2)
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      gate.wait()
      return request.key == keys[0] ? Answer.refusal(401) : Answer.refusal(400, "wrong")
    }
    let fixture = try await RunFixture(upstream, config: ["joinCalls": true], keys: keys)
    let runs = [try await fixture.invoke("hi"), try await fixture.invoke("hi")]
    try await fixture.wait { fixture.joined == 1 }
    gate.open()
    for run in runs {
      let end = try await fixture.runs.outcome(of: run.id)
      #expect(end.status == .failed && end.error?.code == "provider_invalid_request")
    }
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  @Test func `one that asks for itself joins nobody, and nobody joins it`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Self.gated(gate) }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    var runs = [try await fixture.invoke("hi")]
    try await fixture.waitForText("one ", of: runs[0].id)
    for use in [CacheUse.off, .refresh] {
      var invocation = Invocation(agent: fixture.agent, text: "hi")
      invocation.cache = use
      runs.append(try await fixture.runs.invoke(invocation))
    }
    #expect(await upstream.wait { $0.requests.count == 3 })
    gate.open()
    for run in runs { #expect(try await fixture.runs.outcome(of: run.id).status == .completed) }
    await fixture.close()
  }

  @Test func `one who is slow holds nobody up`() async throws {
    let flight = Flight()
    #expect(flight.join() && flight.join())
    flight.depart(from: .provider)
    // Nobody reads while it comes; the slow one then finds all of it.
    for number in 0..<1000 { flight.add([.text("\(number) ")], author: ("openai", "m")) }
    flight.land(.complete)
    let news = flight.news(after: 0)
    #expect(news.events.count == 1000 && news.author?.model == "m")
    #expect(flight.news(after: 999).events == [.text("999 ")] && flight.news(after: 1000).events.isEmpty)
    #expect(flight.leave() == nil && flight.leave() == nil)
  }

  @Test(arguments: [
    ProviderEvent.text("x"), .toolCallStart(index: 0, id: "c", name: "x", isSynthetic: false),
    .image(.url("x")),
  ])
  func `what a message grows by makes a flight full, too`(event: ProviderEvent) {
    let flight = Flight()
    #expect(flight.join())
    flight.add([event], author: nil)
    #expect(!flight.isFull)
    let long = String(repeating: "x", count: RunMachine.maximumText)
    let large: ProviderEvent =
      switch event {
      case .text: .text(long)
      case .image: .image(.url(long))
      default: .toolCallStart(index: 0, id: "c", name: long, isSynthetic: false)
      }
    flight.add([large], author: nil)
    #expect(flight.isFull)
  }

  @Test func `an answer longer than a message ends for all where the message does`() async throws {
    let piece = String(repeating: "x", count: 60_000)
    let upstream = try ScriptedUpstream { _ in
      [Answer.head] + (0..<40).map { _ in Answer.piece(piece) } + [.stall]
    }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let runs = [try await fixture.invoke("hi"), try await fixture.invoke("hi")]
    for run in runs {
      let end = try await fixture.runs.outcome(of: run.id)
      #expect(end.status == .completed)
      let text = try await fixture.messages(of: run).last?.text
      #expect(text?.utf8.count == RunMachine.maximumText)
    }
    #expect(upstream.requests.count == 1)
    #expect(try await fixture.store.read { try $0.cachedAnswers.size().entries } == 0)
    await fixture.close()
  }
}

extension RunFixture {
  /// How many runs have joined the call of another one so far.
  fileprivate var joined: Int {
    published.all.count { event in
      if case .other(.attemptStarted, let members) = event.body { members["joined"] == true } else { false }
    }
  }
}
