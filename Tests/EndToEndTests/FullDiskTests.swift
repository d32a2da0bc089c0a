import Basics
import Glibc
import TestKit
import Testing

/// A hub whose disk takes nothing for a while.
struct FullDiskTests {
  @Test func `A run that ends meanwhile is told and stored when there is room again`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      CompletionScript.question(of: request) == "quick"
        ? CompletionScript.whole("quick ", "answer")
        : [CompletionScript.head, CompletionScript.piece("before "), .waitFor(gate)]
          + [CompletionScript.piece("and after")] + CompletionScript.finish
    }
    defer { upstream.stop() }
    try await onThread {
      let hub = try HubBinary()
      let agent = try hub.createAgent(upstream)
      let client = HubClient()
      try client.connect(to: hub.port)
      let page = Recorder<[String: [UInt8]]>()
      let (port, connected) = (hub.port, Recorder<Bool>())
      startThread { page.record((try? NexusPage.watch(port, answers: 1) { connected.record(true) }) ?? [:]) }
      connected.wait()
      let run = try hub.begin(agent, "slow")
      try client.follow { $0.texts[run.output] != nil }

      try Self.limitFiles(of: hub, to: "1")
      gate.open()
      try Self.wait(for: hub, toBeReady: false)
      #expect(try hub.get("/ready")["code"] == "store_unwritable")
      #expect(try hub.post("/api/invoke", ["agentId": "demo", "message": "no room"]).status == 507)
      #expect(client.ledger.ends[run.id] == nil, "nothing is shown that is not stored")

      try Self.limitFiles(of: hub, to: "unlimited")
      try client.follow { $0.ends[run.id] != nil }
      try Self.wait(for: hub, toBeReady: true)
      #expect(client.ledger.texts[run.output] == client.ledger.completed[run.output])
      // A page, which knows one open answer an agent, sees its end; the conversation goes on.
      #expect(page.wait().first?.count == 1)
      let next = try hub.begin(agent, "quick", in: run.conversation)
      try client.follow { $0.ends[next.id] == "run.completed" }
      client.leave(.closing)
      hub.terminate()
      #expect(hub.ending() == .exited(0))
    }
  }

  private static func limitFiles(of hub: HubBinary, to limit: String) throws {
    let process = try ChildProcess(
      "/usr/bin/prlimit", ["--pid", "\(hub.pid)", "--fsize=\(limit):"],
      environment: ["PATH": "/usr/bin:/bin"],
      errors: "\(hub.folder.path)/prlimit.log")
    #expect(process.ending() == .exited(0))
  }

  private static func wait(for hub: HubBinary, toBeReady isReady: Bool) throws {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(20))
    while try (hub.get("/ready").status == 200) != isReady {
      guard ContinuousClock.now < deadline else {
        throw ChildProcess.Failure(description: "/ready did not change; the hub said: \(hub.errors)")
      }
      usleep(5000)
    }
  }
}
