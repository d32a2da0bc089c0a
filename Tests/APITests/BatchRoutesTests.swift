import Basics
import Model
import Pipelines
import Storage
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BatchRoutesTests {
  /// The question that a request to the scripted server holds.
  private static func question(_ request: ScriptedUpstream.Request) -> String {
    (try? JSON.parse(request.body))?["messages"]?.array?.last?["content"]?.string ?? ""
  }

  private static func echo(_ request: ScriptedUpstream.Request) -> [ScriptedUpstream.Action] {
    let question = question(request)
    if question == "bad" { return [.response(#"{"error":{"message":"no"}}"#, status: 400)] }
    return Script.whole("re: ", question)
  }

  private static func body(_ agent: String, _ inputs: [JSON], _ more: JSONObject = [:]) -> JSON {
    var object: JSONObject = ["agentId": .string(agent), "inputs": .array(inputs)]
    for member in more.members { object[member.name] = member.value }
    return .object(object)
  }

  private static func lines(_ answer: Answer) -> [JSON] {
    answer.text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
  }

  @Test func `S002-42 answers come in the order of the inputs, and one that fails fails alone`() async throws
  {
    let upstream = try ScriptedUpstream { request in
      let question = Self.question(request)
      // The first answers come last.
      let delay = question.hasPrefix("q") ? 40 - 2 * (Int(question.dropFirst()) ?? 0) : 0
      return [.wait(milliseconds: max(0, delay))] + Self.echo(request)
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      var inputs = (0..<20).map { JSON.string("q\($0)") }
      inputs[7] = "bad"
      inputs[8] = ["message": "q8"]
      let answer = try await site.post("/api/batch", Self.body(agent, inputs, ["concurrency": 8]))
      #expect(answer.status == 200 && answer.json["count"] == 20 && answer.json["left"] == 0)
      #expect(answer.json["completed"] == 19 && answer.json["failed"] == 1 && answer.json["stopped"] == 0)
      let items = answer.json["items"]?.array ?? []
      #expect(items.map { $0["index"] } == (0..<20).map { .integer($0) })
      for (index, item) in items.enumerated() where index != 7 {
        #expect(item["status"] == "completed" && item["text"] == .string("re: q\(index)"))
        #expect(item["usage"]?["outputTokens"] == 5 && item["cost"] == .number(0.000032))
      }
      #expect(items[7]["status"] == "failed" && items[7]["error"]?["code"] == "provider_invalid_request")
      #expect(Set(items.compactMap { $0["conversationId"]?.string }).count == 20)
      let run = try #require(items[3]["runId"]?.string)
      #expect(try await site.get("/api/runs/\(run)").json["status"] == "completed")
      let again = try await site.get("/api/batch/\(answer.json["batch"]?.string ?? "")")
      #expect(again.json["items"] == answer.json["items"])
    }
  }

  @Test func `no more runs work at a time than were asked for, and the operator's limit holds`() async throws
  {
    let (gate, most) = (Gate(), Recorder<Int>())
    let upstream = try ScriptedUpstream { request in
      most.record(1)
      gate.wait()
      return Self.echo(request)
    }
    defer { upstream.stop() }
    var configuration = APIConfiguration()
    configuration.batch.concurrency = 3
    try await HubUnderTest.run(configuration) { site in
      let agent = try await site.makeAgent(asking: upstream)
      for (asked, width) in [(2, 2), (50, 3)] {
        let before = most.all.count
        let begun = try await site.post(
          "/api/batch",
          Self.body(
            agent, (0..<6).map { .string("q\($0)") },
            ["concurrency": .integer(Int64(asked)), "background": true]))
        #expect(begun.status == 202 && begun.json["status"] == "working")
        try await eventually("\(width) runs work") { most.all.count == before + width }
        try await Task.sleep(for: .milliseconds(50))
        #expect(most.all.count == before + width)
        let stopped = try await site.post("/api/batch/\(begun.json["batch"]?.string ?? "")/stop", [:])
        #expect(stopped.json["stopped"] == 6 && stopped.json["status"] == "done")
        #expect(stopped.json["items"]?.array?.compactMap { $0["runId"]?.string }.count == width)
      }
      gate.open()
    }
  }

  @Test(arguments: ["application/x-ndjson", "text/event-stream", ""])
  func `results stream in order as they become ready`(accept: String) async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      let wait: [ScriptedUpstream.Action] = Self.question(request) == "q1" ? [.waitFor(gate)] : []
      return wait + Self.echo(request)
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let body = Self.body(agent, ["q0", "q1", "q2"], accept.isEmpty ? ["stream": true] : [:])
      let port = site.port
      let (first, rest) = try await onThread { () throws -> (String, String) in
        let socket = try RawSocket(port: port, patience: .seconds(20))
        try socket.send(
          "POST /api/batch HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nContent-Length: "
            + "\(body.text.utf8.count)\r\n" + (accept.isEmpty ? "" : "Accept: \(accept)\r\n") + "\r\n"
            + body.text)
        let first = try socket.receive(through: "re: q0")
        gate.open()
        return (first, try socket.receive(through: "\"failed\":0}"))
      }
      #expect(first.contains(accept == "text/event-stream" ? "event: batch" : "application/x-ndjson"))
      // Not "q1" alone: a request id may have these letters by chance, in one of a hundred answers.
      #expect(!first.contains("re: q1") && rest.contains("re: q1") && rest.contains("re: q2"))
      #expect(rest.contains("\"completed\":3") && !rest.contains("\"index\":0"))
    }
  }

  @Test func `a client that leaves stops nothing`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in [.waitFor(gate)] + Self.echo(request) }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let body = Self.body(agent, ["q0", "q1", "q2"], ["stream": true, "concurrency": 1])
      let port = site.port
      let head = try await onThread { () throws -> String in
        let socket = try RawSocket(port: port, patience: .seconds(20))
        try socket.send(
          "POST /api/batch HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: \(body.text.utf8.count)\r\n\r\n"
            + body.text)
        return try socket.receive(through: "\"status\":\"working\"}")
      }
      let id = try #require(head.split(separator: "\"batch\":\"").last?.prefix { $0 != "\"" })
      #expect(await upstream.wait { $0.requests.count == 1 })
      gate.open()
      try await eventually("the batch is done") {
        try await site.get("/api/batch/\(id)").json["status"] == "done"
      }
      #expect(try await site.get("/api/batch/\(id)").json["completed"] == 3)
    }
  }

  @Test func `a client that reads nothing holds no run up, and gets everything once it reads`() async throws {
    let long = String(repeating: "x", count: 100_000)
    let upstream = try ScriptedUpstream { _ in Script.whole(long) }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let body = Self.body(agent, (0..<60).map { .string("q\($0)") }, ["stream": true, "concurrency": 8])
      let (port, done) = (site.port, Gate())
      async let text = onThread { () throws -> String in
        let socket = try RawSocket(port: port, patience: .seconds(20))
        try socket.send(
          "POST /api/batch HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nContent-Length: "
            + "\(body.text.utf8.count)\r\n\r\n" + body.text)
        done.wait()
        return String(decoding: try socket.receiveAll(), as: UTF8.self)
      }
      try await eventually("all runs are over") {
        try await site.get("/api/runs?status=completed&limit=100").json["items"]?.array?.count == 60
      }
      done.open()
      let lines = try await text.split(separator: "\"index\":")
      #expect(lines.count == 61 && lines.last?.contains("\"completed\":60") == true)
      #expect(lines.dropFirst().enumerated().allSatisfy { $1.hasPrefix("\($0),") })
    }
  }

  @Test func `the same key is the same batch, also for a hub that has forgotten it`() async throws {
    let upstream = try ScriptedUpstream { Self.echo($0) }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let body = Self.body(agent, ["q0", "q1"])
      let fields = ["Idempotency-Key": "b-1"]
      let first = try await site.post("/api/batch", body, fields: fields)
      let second = try await site.post("/api/batch", body, fields: fields)
      #expect(first.json["items"] == second.json["items"] && upstream.requests.count == 2)
      let other = try await site.post("/api/batch", Self.body(agent, ["q0", "q2"]), fields: fields)
      #expect(other.status == 422 && other.code == "idempotency_key_reused")
      // As after a restart: only the store knows the runs.
      let fresh = BatchService(runs: site.runs)
      var order = BatchOrder(
        agent: Identifier(agent), inputs: ["q0", "q1"].map { Invocation(agent: Identifier(agent), text: $0) })
      order.key = "b-1"
      order.fingerprint = try #require(
        try await site.store.read { try $0.idempotency.find(route: "batch", key: "b-1")?.fingerprint })
      let batch = try await fresh.begin(order)
      for index in 0..<2 { _ = await batch.result(of: index) }
      let runs = batch.results.compactMap { if case .run(let run) = $0 { run.text } else { nil } }
      #expect(runs == first.json["items"]?.array?.compactMap { $0["runId"]?.string })
      #expect(upstream.requests.count == 2)
      // Another kind of request may use the key for itself.
      #expect(
        try await site.post("/api/invoke", ["agentId": .string(agent), "message": "x"], fields: fields).status
          == 200)
    }
  }

  @Test func `inputs of one conversation are answered in its order`() async throws {
    let upstream = try ScriptedUpstream { Self.echo($0) }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let conversation = try #require(try await site.invoke(agent, "q").json["conversationId"])
      let inputs = (0..<6).map { number -> JSON in
        ["message": .string("q\(number)"), "conversationId": conversation]
      }
      let answer = try await site.post("/api/batch", Self.body(agent, inputs))
      #expect(answer.json["completed"] == 6)
      let path = "/api/conversations/\(conversation.string ?? "")/messages"
      let said = try await site.get(path).json["items"]?.array?.filter { $0["role"] == "agent" }
      #expect(said?.map { $0["text"] } == [.string("re: q")] + (0..<6).map { .string("re: q\($0)") })
    }
  }

  @Test func `equal inputs of an agent that keeps answers make one call`() async throws {
    let upstream = try ScriptedUpstream { Self.echo($0) }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(
        "Keeper", provider: "openai", config: ["baseUrl": .string(upstream.url + "/v1"), "cache": true])
      let answer = try await site.post("/api/batch", Self.body(agent, Array(repeating: "q", count: 30)))
      #expect(answer.json["completed"] == 30 && upstream.requests.count == 1)
      _ = try await site.post("/api/batch", Self.body(agent, ["q"], ["cache": "off"]))
      #expect(upstream.requests.count == 2)
    }
  }

  @Test func `a hub that leaves ends a batch with what there is`() async throws {
    let upstream = try ScriptedUpstream { request in
      Self.question(request) == "q0" ? Self.echo(request) : [Script.head, Script.piece("par"), .stall]
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let begun = try await site.post(
        "/api/batch", Self.body(agent, ["q0", "q1", "q2"], ["concurrency": 1, "background": true]))
      #expect(await upstream.wait { $0.requests.count == 2 })
      await site.runs.drain()
      let id = begun.json["batch"]?.string ?? ""
      try await eventually("the batch is over") { try await site.get("/api/batch/\(id)").json["left"] == 0 }
      let items = try await site.get("/api/batch/\(id)").json["items"]?.array ?? []
      #expect(items.map { $0["status"] } == ["completed", "interrupted", "failed"])
      #expect(items.last?["error"]?["code"] == "draining")
    }
  }

  static let wrong: [(body: JSON, status: Int, code: String)] = [
    (["agentId": "demo"], 400, "missing_field"), (["agentId": "demo", "inputs": "q"], 400, "invalid_field"),
    (["agentId": "demo", "inputs": []], 413, "batch_too_large"),
    (["agentId": "demo", "inputs": ["a", "b", "c", "d", "e", "f"]], 413, "batch_too_large"),
    (["agentId": "demo", "inputs": [5]], 400, "invalid_field"),
    (["agentId": "demo", "inputs": [""]], 400, "invalid_field"),
    (["agentId": "demo", "inputs": [["message": "a", "mesage": "b"]]], 400, "unknown_field"),
    (["agentId": "demo", "inputs": [["message": 5]]], 400, "invalid_field"),
    (["agentId": "demo", "inputs": ["a"], "concurrency": 0], 400, "invalid_field"),
    (["agentId": "demo", "inputs": ["a"], "stream": true, "background": true], 400, "invalid_field"),
    (["agentId": "demo", "inputs": ["a"], "input": 1], 400, "unknown_field"),
    (["agentId": "nobody", "inputs": ["a"]], 404, "agent_not_found"),
  ]

  @Test func `what cannot be meant is refused before anything begins`() async throws {
    var configuration = APIConfiguration()
    configuration.batch.inputs = 5
    try await HubUnderTest.run(configuration) { site in
      for (body, status, code) in Self.wrong {
        let answer = try await site.post("/api/batch", body)
        #expect(answer.status == status && answer.code == code, "\(body.text): \(answer.text)")
      }
      #expect(try await site.get("/api/runs").json["items"] == [])
      #expect(try await site.get("/api/batch/none").code == "batch_not_found")
      #expect(try await site.post("/api/batch/none/stop", [:]).status == 404)
    }
  }
}
