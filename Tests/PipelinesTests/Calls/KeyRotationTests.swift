import Basics
import Model
import Providers
import Storage
import Synchronization
import TestKit
import Testing

@testable import Pipelines

/// Runs over a real server that takes some keys and refuses others.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct KeyRotationTests {
  /// Keys as long as real ones, so that their last four characters may be shown.
  static func keys(_ count: Int) -> [String] { (0..<count).map { "test-key-number-\(1000 + $0)" } }

  @Test(arguments: [401, 402, 403, 429, 500, 503])
  func `S000-10 S000-11 S000-14 S001-10 a key that fails lets the next one answer, and is known as failed`(
    status: Int
  ) async throws {
    let keys = Self.keys(2)
    let upstream = try ScriptedUpstream { request in
      request.key == keys[0] ? Answer.refusal(status, "no") : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, keys: keys)
    let run = try await fixture.outcome()
    #expect(run.status == .completed, "\(run)")
    #expect(upstream.requests.map(\.key) == keys)
    let attempts = try await fixture.attempts(of: run)
    #expect(attempts.map(\.status) == [.failed, .completed])
    #expect(attempts.map(\.httpStatus) == [status, nil])
    #expect(attempts.map(\.keyIndex) == [0, 1])
    #expect(attempts[1].usage == Usage(inputTokens: 12, outputTokens: 5))
    let shown = fixture.runs.gate.keys
    #expect(shown.map { $0.state.condition == .healthy } == [false, true])
    #expect(shown[0].state.lastFailure?.hasPrefix("\(status) ") == true)
    #expect(shown.map(\.state.uses) == [0, 1] && shown.map(\.state.errors) == [1, 0])
    #expect(
      fixture.milestones(run.id) == [
        .messageCreated, .runQueued, .runStarted, .attemptStarted, .attemptFailed, .keyRotated,
        .attemptStarted,
        .attemptCompleted, .messageCompleted, .runCompleted,
      ])
    let usage = try await fixture.usage(by: [.key])
    #expect(Set(usage.map(\.key)) == Set(attempts.map(\.key)))
    #expect(usage.map(\.usage.inputTokens).sorted() == [0, 12])
    await fixture.close()
  }

  @Test(arguments: [400, 404, 422])
  func `S000-15 other refusals are told at once`(status: Int) async throws {
    let upstream = try ScriptedUpstream { _ in Answer.refusal(status, "wrong") }
    let fixture = try await RunFixture(upstream, keys: Self.keys(3))
    let run = try await fixture.outcome()
    #expect(run.status == .failed && upstream.requests.count == 1)
    #expect(fixture.runs.gate.keys.allSatisfy { $0.state.condition == .healthy })
    await fixture.close()
  }

  @Test func `S000-29 when every key is refused the run says so, and the next one asks nobody`() async throws
  {
    let upstream = try ScriptedUpstream { _ in Answer.refusal(401, "who are you") }
    let fixture = try await RunFixture(upstream, keys: Self.keys(2))
    let run = try await fixture.outcome()
    #expect(run.error?.code == "provider_keys_exhausted")
    #expect(run.error?.message.hasPrefix("All API keys exhausted after retries: ") == true)
    #expect(run.error?.message.contains("who are you") == true)
    #expect(upstream.requests.count == 2)
    let again = try await fixture.outcome()
    #expect(again.error?.code == "provider_keys_exhausted")
    #expect(again.error?.message.contains("who are you") == true)
    #expect(upstream.requests.count == 2)
    _ = try await fixture.runs.resetKeys()
    _ = try await fixture.outcome()
    #expect(upstream.requests.count == 4)
    await fixture.close()
  }

  @Test(arguments: [
    (401, "provider_unauthorized"), (402, "provider_billing"), (429, "provider_rate_limited"),
  ])
  func `why all keys rest is told, by the call that saw it and by the next`(
    status: Int, cause: String
  ) async throws {
    let upstream = try ScriptedUpstream { _ in
      Answer.refusal(status, "no", fields: ["Retry-After: 100"])
    }
    let fixture = try await RunFixture(upstream, keys: Self.keys(2))
    for _ in 0..<2 {
      let run = try await fixture.outcome()
      #expect(run.error?.code == "provider_keys_exhausted" && run.error?.cause == cause, "\(run)")
    }
    #expect(upstream.requests.count == 2)
    await fixture.close(keepingFiles: true)
    let later = try await RunFixture(upstream, path: fixture.path, keys: Self.keys(2))
    #expect(try await later.outcome().error?.cause == cause, "after a restart")
    #expect(upstream.requests.count == 2)
    await later.close()
  }

  @Test func `a run waits for the first free key instead of failing`() async throws {
    let requests = Atomic(0)
    let upstream = try ScriptedUpstream { _ in
      requests.wrappingAdd(1, ordering: .relaxed)
      return requests.load(ordering: .relaxed) <= 2
        ? Answer.refusal(429, "slow down", fields: ["Retry-After-Ms: 300"]) : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, keys: Self.keys(2))
    let start = ContinuousClock.now
    let run = try await fixture.outcome()
    #expect(run.status == .completed, "\(run)")
    #expect(ContinuousClock.now - start >= .milliseconds(290))
    #expect(upstream.requests.count == 3)
    await fixture.close()
  }

  @Test(arguments: [
    ("Retry-After: 7", 7000), ("Retry-After-Ms: 2500", 2500), ("Retry-After: 1.5", 1500),
    ("Date: Sat, 21 Nov 2026 10:00:00 GMT\r\nRetry-After: Sat, 21 Nov 2026 10:01:00 GMT", 60_000),
    ("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6m0s", 360_000),
  ])
  func `the provider's word on when to come back is the key's rest`(field: String, rest: Int64) async throws {
    let keys = Self.keys(2)
    let upstream = try ScriptedUpstream { request in
      request.key == keys[0] ? Answer.refusal(429, "slow down", fields: [field]) : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, keys: keys)
    let run = try await fixture.outcome()
    let failed = try #require(try await fixture.attempts(of: run).first?.finishedAt)
    let until = try #require(fixture.runs.gate.keys[0].state.until)
    #expect(abs(until.milliseconds - failed.milliseconds - rest) <= 1000)
    await fixture.close()
  }

  @Test func `what is known of keys outlives the process, and a reset does, too`() async throws {
    let keys = Self.keys(2)
    let upstream = try ScriptedUpstream { request in
      request.key == keys[0] ? Answer.refusal(401, "no") : Answer.whole("ok")
    }
    var fixture = try await RunFixture(upstream, keys: keys)
    let path = fixture.path
    _ = try await fixture.outcome()
    let before = fixture.runs.gate.keys
    await fixture.close(keepingFiles: true)
    // In another order, as an operator may write them.
    fixture = try await RunFixture(upstream, path: path, keys: keys.reversed())
    let after = fixture.runs.gate.keys
    #expect(after.map(\.state) == before.reversed().map(\.state))
    #expect(after.map(\.id) == before.reversed().map(\.id))
    _ = try await fixture.outcome()
    #expect(upstream.requests.map(\.key) == [keys[0], keys[1], keys[1]])
    _ = try await fixture.runs.resetKeys()
    await fixture.close(keepingFiles: true)
    fixture = try await RunFixture(upstream, path: path, keys: keys)
    #expect(fixture.runs.gate.keys.allSatisfy { $0.state.condition == .healthy })
    await fixture.close()
  }

  @Test func `no key is in the database, the events or the failures`() async throws {
    let keys = Self.keys(3)
    let upstream = try ScriptedUpstream { request in Answer.refusal(401, "bad key \(request.key)") }
    let fixture = try await RunFixture(upstream, keys: keys)
    let run = try await fixture.outcome()
    let said = fixture.published.all.map { String(decoding: EventEncoder.body($0.body), as: UTF8.self) }
    let stored = try await fixture.store.read { store in
      try "\(store.providerKeys.list()) \(store.attempts.ofRun(run.id))"
    }
    let shown = "\(fixture.runs.gate.keys)"
    for key in keys {
      #expect(!said.joined().contains(key) && !stored.contains(key) && !shown.contains(key))
      #expect(shown.contains("***\(key.suffix(4))"))
    }
    await fixture.close()
  }

  @Test func `S003-32 twenty keys share a crowd of runs, and each failing key fails once`() async throws {
    let keys = Self.keys(20)
    let bad = Set(keys.prefix(7))
    let upstream = try ScriptedUpstream { request in
      bad.contains(request.key) ? Answer.refusal(401, "no") : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, keys: keys)
    let runs = try await withThrowingTaskGroup(of: Run.self) { group in
      for index in 0..<100 { group.addTask { try await fixture.outcome("\(index)") } }
      return try await group.reduce(into: [Run]()) { $0.append($1) }
    }
    #expect(runs.allSatisfy { $0.status == .completed }, "\(runs.compactMap(\.error))")
    let uses = Dictionary(grouping: upstream.requests.map(\.key), by: \.self).mapValues(\.count)
    #expect(Set(uses.keys) == Set(keys))
    #expect(
      fixture.runs.gate.keys.map(\.state.condition) == keys.map { bad.contains($0) ? .invalid : .healthy })
    #expect(fixture.runs.gate.keys.allSatisfy { $0.callsInFlight == 0 })
    #expect(fixture.runs.gate.keys.reduce(0) { $0 + $1.state.uses } == 100)
    await fixture.close()
  }

  @Test func `a key serves no more calls at a time than it may, and who waits comes next`() async throws {
    let most = Mutex((now: 0, most: 0))
    let upstream = try ScriptedUpstream { _ in
      most.withLock { count in
        count.now += 1
        count.most = max(count.most, count.now)
      }
      return [Answer.head, Answer.piece("x"), .wait(milliseconds: 20)] + Answer.finish
    }
    var limits = ProviderGate.Limits()
    limits.callsPerKey = 1
    let fixture = try await RunFixture(upstream, keys: Self.keys(2), limits: limits)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<10 {
        group.addTask {
          let run = try await fixture.outcome("\(index)")
          #expect(run.status == .completed)
        }
      }
      try await group.waitForAll()
    }
    #expect(upstream.requests.count == 10)
    await fixture.close()
  }

  @Test func `a stop ends a wait for a key at once`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.refusal(429, "slow down", fields: ["Retry-After: 25"]) }
    let fixture = try await RunFixture(upstream, keys: Self.keys(2))
    let run = try await fixture.invoke("hi")
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while fixture.published.all.filter({ $0.type == .attemptFailed }).count < 2,
      ContinuousClock.now < deadline
    {
      try await Task.sleep(for: .milliseconds(2))
    }
    let start = ContinuousClock.now
    let stopped = try await fixture.runs.stop(run.id)
    #expect(stopped.status == .stopped)
    #expect(ContinuousClock.now - start < TimeLimit.patience(.seconds(5)))
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  @Test func `S000-39 a key that is added while a run waits is used at once`() async throws {
    let keys = Self.keys(2)
    let upstream = try ScriptedUpstream { request in
      request.key == keys[0]
        ? Answer.refusal(429, "slow down", fields: ["Retry-After: 25"]) : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, keys: [keys[0]])
    let run = try await fixture.invoke("hi")
    #expect(await upstream.wait { $0.requests.count == 1 })
    let key = try fixture.runs.addKey(keys[1], to: "openai")
    #expect(key.position == 1 && key.source == "added")
    #expect(try await fixture.runs.outcome(of: run.id).status == .completed)
    await fixture.close()
  }
}
