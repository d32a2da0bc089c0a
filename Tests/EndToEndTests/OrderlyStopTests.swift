import Basics
import Glibc
import TestKit
import Testing

/// SIGTERM while answers are being written.
struct OrderlyStopTests {
  private static func upstream() throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      guard CompletionScript.question(of: request).hasPrefix("finish") else {
        return [
          CompletionScript.head, CompletionScript.piece("Half "), CompletionScript.piece("an answer 👋"),
          .stall,
        ]
      }
      return CompletionScript.whole("whole")
    }
  }

  private static let half = Array("Half an answer 👋".utf8)

  @Test func `A hub that is asked to stop says goodbye, keeps what was written, and goes on later`()
    async throws
  {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await onThread {
      let folder = ScratchFolder()
      let hub = try HubBinary(in: folder)
      let agent = try hub.createAgent(upstream)
      let client = HubClient()
      try client.connect(to: hub.port)
      let page = try WebSocketClient(port: hub.port)
      let caller = try RawSocket(port: hub.port, patience: .seconds(20))
      try hub.send("POST", "/api/invoke", ["agentId": .string(agent), "message": "ask"], on: caller)
      let cut = try hub.begin(agent, "watch")
      let queued = try hub.begin(agent, "finish", in: cut.conversation)
      try client.follow { ledger in ledger.texts.values.count { $0 == Self.half } == 2 }

      hub.terminate()
      let farewell = try Self.farewell(to: client)
      #expect(farewell.bye?["code"]?.integer == 4000)
      #expect(farewell.bye?["reason"]?.string == "draining")
      #expect(farewell.bye?["resume"]?.bool == true)
      #expect(farewell.code == 4000)
      #expect(client.ledger.ends[cut.id] == "run.interrupted")
      #expect(client.ledger.ends.count == 2, "the queued run must wait for the next start")
      #expect(client.ledger.completed[cut.output] == Self.half)
      #expect(try Self.ending(of: page) == 4000)
      try Self.checkAnswer(of: caller)
      caller.close()
      #expect(hub.ending(seconds: 10) == .exited(0))

      let again = try HubBinary(in: folder)
      try client.connect(to: again.port)
      try client.follow { $0.ends[queued.id] == "run.completed" }
      client.leave(.closing)
      let texts = try again.messages(of: cut.conversation).compactMap { $0["text"]?.string }
      #expect(texts == ["watch", "finish", "Half an answer 👋", "whole"])
      again.terminate()
      #expect(again.ending(seconds: 10) == .exited(0))
    }
  }

  @Test func `An idle hub with clients of all kinds stops at once`() async throws {
    let isAtOnce = try await onThread { try TimeLimit.isMet(.seconds(1)) { try Self.timeOfIdleStop() } }
    #expect(isAtOnce)
  }

  private static func timeOfIdleStop() throws -> Duration {
    let hub = try HubBinary()
    let client = HubClient()
    try client.connect(to: hub.port)
    let page = try WebSocketClient(port: hub.port)
    let idle = try RawSocket(port: hub.port)
    let run = try hub.begin("demo", "Hello")
    try client.follow { $0.ends.count == 1 }
    let stream = try RawSocket(port: hub.port)
    try hub.send(
      "GET", "/api/conversations/\(run.conversation)/events", nil, fields: "Accept: text/event-stream\r\n",
      on: stream)
    _ = try stream.receive(through: "run.completed")
    let start = ContinuousClock.now
    hub.terminate()
    #expect(try Self.farewell(to: client).code == 4000)
    #expect(try Self.ending(of: page) == 4000)
    let farewell = String(decoding: try stream.receiveAll(), as: UTF8.self)
    #expect(farewell.contains("\"bye\""))
    #expect(farewell.contains("\nretry: "))
    #expect(try idle.isEnded())
    stream.close()
    idle.close()
    #expect(hub.ending() == .exited(0))
    return ContinuousClock.now - start
  }

  @Test func `Clients that do not answer the goodbye delay the end by a second only`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let client = HubClient()
      try client.connect(to: hub.port)
      let page = try WebSocketClient(port: hub.port)
      let start = ContinuousClock.now
      hub.terminate()
      #expect(hub.ending() == .exited(0))
      #expect(ContinuousClock.now - start < TimeLimit.of(.seconds(8)))
      #expect(try Self.ending(of: page) == 4000)
    }
  }

  @Test func `A second signal ends a hub that is still busy ending`() async throws {
    try await onThread {
      let hub = try HubBinary()
      kill(hub.pid, SIGINT)
      kill(hub.pid, SIGTERM)
      let ending = hub.ending()
      #expect(ending == .exited(0) || ending == .exited(1))
    }
  }

  private static func farewell(to client: HubClient) throws -> (bye: JSON?, code: UInt16) {
    var bye: JSON?
    while true {
      switch try client.next() {
      case .bye(let json): bye = json
      case .closed(let code):
        client.leave(.disappearing)
        return (bye, code)
      case .event, .live, .other: continue
      }
    }
  }

  private static func ending(of page: WebSocketClient) throws -> UInt16 {
    while true { if case .closed(let code, _) = try page.receive() { return code } }
  }

  /// Who waited for the answer is told that it is not whole.
  private static func checkAnswer(of caller: RawSocket) throws {
    let response = try caller.receiveResponse()
    let json = try JSON.parse(response.body)
    #expect(response.status == 503)
    #expect(json["code"]?.string == "interrupted")
    #expect(json["response"]?.string == "Half an answer 👋")
  }
}
