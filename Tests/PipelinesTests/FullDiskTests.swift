import Database
import Glibc
import Model
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Runs on a disk that is full for a while.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct FullDiskTests {
  @Test func `a run that ends on a full disk is stored, whole, as soon as there is room`() async {
    await #expect(processExitsWith: .success) { try await Self.endOnAFullDisk() }
  }

  private static func endOnAFullDisk() async throws {
    signal(SIGXFSZ, SIG_IGN)
    let gate = Gate()
    let fixture = try await RunFixture(
      try ScriptedUpstream { _ in
        [
          Answer.head, Answer.piece("Before, "), .waitFor(gate), Answer.piece("after"),
          .wait(milliseconds: 200),
        ]
          + Answer.finish
      })
    let run = try await fixture.invoke("hi")
    try await fixture.waitForText("Before, ", of: run.id)
    limitFiles(1)
    gate.open()
    try await eventually { fixture.runs.waitingForStore == 1 }
    // Whoever stops it is told why that takes time.
    let refusal = await #expect(throws: DatabaseError.self) { _ = try await fixture.runs.stop(run.id) }
    #expect(refusal?.reason == .diskFull)
    let meanwhile = try await fixture.store.read { try $0.runs.get(run.id)?.status }
    #expect(meanwhile == .running)
    limitFiles(rlim_t.max)
    let ended = try await fixture.runs.outcome(of: run.id)
    #expect(ended.status == .failed)
    #expect(ended.error?.code == "disk_full")
    #expect(fixture.runs.waitingForStore == 0)
    // The text is what its deltas add up to, and the conversation goes on.
    let text = try await fixture.messages(of: run).last?.text
    #expect(text == fixture.shown(run.id))
    #expect(text?.hasPrefix("Before, ") == true)
    let next = try await fixture.runs.outcome(of: fixture.invoke("again", in: run.conversation).id)
    #expect(next.status == .completed)
    await fixture.close()
  }

  @Test func `a hub that leaves does not wait for room`() async {
    await #expect(processExitsWith: .success) { try await Self.leaveOnAFullDisk() }
  }

  private static func leaveOnAFullDisk() async throws {
    signal(SIGXFSZ, SIG_IGN)
    let gate = Gate()
    let fixture = try await RunFixture(
      try ScriptedUpstream { _ in [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish })
    let run = try await fixture.invoke("hi")
    try await fixture.waitForText("A", of: run.id)
    limitFiles(1)
    gate.open()
    try await eventually { fixture.runs.waitingForStore == 1 }
    let start = ContinuousClock.now
    await fixture.runs.drain()
    #expect(ContinuousClock.now - start < TimeLimit.patience(.seconds(2)))
    #expect(fixture.runs.waitingForStore == 0)
    limitFiles(rlim_t.max)
    await fixture.close()
  }

  /// The kernel's name for it, RLIMIT_FSIZE, is an enumeration that Swift cannot convert.
  private static func limitFiles(_ bytes: rlim_t) {
    var limit = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
    #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)
  }

  private static func eventually(_ holds: () -> Bool) async throws {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while !holds() {
      guard ContinuousClock.now < deadline else { throw RunFixtureError.tookTooLong }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
