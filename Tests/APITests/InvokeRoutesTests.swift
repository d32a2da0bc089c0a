import Basics
import Glibc
import Model
import Storage
import TestKit
import Testing

@testable import API

struct InvokeRoutesTests {
  @Test
  func
    `S003-11 S003-12 S003-13 an invocation is answered when its run is over, and both messages are stored`()
    async throws
  {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let answer = try await site.invoke(agent, "What is this?")
      #expect(answer.status == 200)
      #expect(answer.json["success"] == true)
      let text = try #require(answer.json["response"]?.string)
      #expect(text.contains("offline demo agent"))
      let conversation = try #require(answer.json["conversationId"]?.string)
      let messages = try await site.get("/api/conversations/\(conversation)/messages")
      let items = try #require(messages.json["items"]?.array)
      #expect(items.map { $0["role"]?.string } == ["user", "agent"])
      #expect(items[0]["text"] == "What is this?")
      #expect(items[1]["text"]?.string == text)
      #expect(items[1]["id"] == answer.json["messageId"])
      #expect(items[1]["parent"] == items[0]["id"])
      let again = try await site.invoke(agent, "More", ["conversationId": .string(conversation)])
      #expect(again.json["conversationId"]?.string == conversation)
      #expect(try await site.get("/api/conversations/\(conversation)").json["title"] == "What is this?")
      let fresh = try await site.invoke(agent, "Lost", ["conversationId": "no-such-conversation"])
      #expect(fresh.status == 200)
      #expect(fresh.json["conversationId"]?.string != "no-such-conversation")
    }
  }

  @Test func `S002-37 pictures are stored with the message, and others are refused`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let picture: JSON = "data:image/png;base64,QUJD"
      let answer = try await site.invoke(agent, "Look", ["images": [picture, "https://h/x.png"]])
      #expect(answer.status == 200)
      let conversation = try #require(answer.json["conversationId"]?.string)
      let messages = try await site.get("/api/conversations/\(conversation)/messages")
      #expect(
        messages.json["items"]?[0]?["parts"]?.text
          == #"[{"type":"text","text":"Look"},{"type":"image","mediaType":"image/png","data":"QUJD"},{"type":"image","url":"https://h/x.png"}]"#
      )
      for wrong: JSON in ["https://h/x.png", ["ftp://h"], [1], .array(Array(repeating: picture, count: 17))] {
        let refused = try await site.invoke(agent, "Look", ["images": wrong])
        #expect(refused.status == 400 && refused.error?.contains("images") == true)
      }
    }
  }

  @Test func `S003-19 an unknown agent and a bad body answer as Agent Nexus does`() async throws {
    try await HubUnderTest.run { site in
      let unknown = try await site.invoke("nobody", "hi")
      #expect(unknown.status == 404)
      #expect(unknown.error == "Agent not found")
      let missing = try await site.post("/api/invoke", ["agentId": "a"])
      #expect(missing.status == 400)
      #expect(missing.error == "Missing required fields: agentId, message")
      let broken = try await site.send("POST", "/api/invoke", body: "{\"agentId\"")
      #expect(broken.status == 400)
      #expect(broken.code == "invalid_json")
      #expect(try await site.get("/api/conversations").json["items"]?.array?.isEmpty == true)
    }
  }

  @Test func `a provider's failure is answered with its reason, and the question stays`() async throws {
    let upstream = try ScriptedUpstream(
      .response("{\"error\":{\"message\":\"bad key\"}}", status: 401), .close)
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let answer = try await site.invoke(agent, "hi")
      #expect(answer.status == 500)
      #expect(answer.error == "Agent invocation failed")
      #expect(answer.json["details"]?.string?.contains("bad key") == true)
      #expect(answer.code == "provider_unauthorized")
      #expect(answer.json["hint"]?.string != nil)
      let conversation = try #require(answer.json["conversationId"]?.string)
      let items = try await site.get("/api/conversations/\(conversation)/messages").json["items"]?.array
      #expect(items?.map { $0["text"]?.string } == ["hi"])
      let run = try await site.get("/api/runs/\(answer.json["runId"]?.string ?? "")")
      #expect(run.json["status"] == "failed")
    }
  }

  @Test func `S003-08 a missing key is named with the setting to set`() async throws {
    try await HubUnderTest.run { site in
      let agents = try await site.get("/api/agents").json.array
      let openai = agents?.first { $0["provider"] == "openai" }?["id"]?.string ?? ""
      let answer = try await site.invoke(openai, "hi")
      #expect(answer.status == 500)
      #expect(answer.json["details"]?.string?.contains("OpenAI API key is required") == true)
      #expect(answer.json["hint"]?.string?.contains("OPENAI_API_KEY") == true)
    }
  }

  @Test func `a run in the background is told at once, can be stopped, and keeps what it wrote`() async throws
  {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Script.gated("partial", gate, " rest") }
    defer {
      gate.open()
      upstream.stop()
    }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let started = try await site.invoke(agent, "hi", ["background": true])
      #expect(started.status == 202)
      let run = try #require(started.json["id"]?.string)
      let conversation = try #require(started.json["conversation"]?.string)
      #expect(started.json["status"] == "queued")
      try await eventually("the first piece is stored") {
        try await site.get("/api/conversations/\(conversation)/events").text.contains("partial")
      }
      let stopped = try await site.send("POST", "/api/runs/\(run)/stop")
      #expect(stopped.json["status"] == "stopped")
      #expect(try await site.send("POST", "/api/runs/\(run)/stop").json == stopped.json)
      let items = try await site.get("/api/conversations/\(conversation)/messages").json["items"]?.array
      #expect(items?.last?["text"] == "partial")
      #expect(try await site.send("POST", "/api/runs/nope/stop").code == "run_not_found")
    }
  }

  @Test func `who waits for a run that is stopped gets what it had written`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Script.gated("partial", gate, " rest") }
    defer {
      gate.open()
      upstream.stop()
    }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      async let waiting = site.invoke(agent, "hi")
      var run = ""
      try await eventually("the run works") {
        let runs = try await site.get("/api/runs?status=running").json["items"]?.array ?? []
        run = runs.first?["id"]?.string ?? ""
        let events = try await site.get(
          "/api/conversations/\(runs.first?["conversation"]?.string ?? "x")/events")
        return events.text.contains("partial")
      }
      _ = try await site.send("POST", "/api/runs/\(run)/stop")
      let answer = try await waiting
      #expect(answer.status == 409)
      #expect(answer.code == "run_stopped")
      #expect(answer.json["response"] == "partial")
    }
  }

  @Test func `an Idempotency-Key gives one run and one answer`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let body: JSON = ["agentId": .string(agent), "message": "once"]
      let first = try await site.post("/api/invoke", body, fields: ["Idempotency-Key": "k"])
      let second = try await site.post("/api/invoke", body, fields: ["Idempotency-Key": "k"])
      #expect(first.json == second.json)
      #expect(try await site.get("/api/runs").json["items"]?.array?.count == 1)
      let other = try await site.post(
        "/api/invoke", ["agentId": .string(agent), "message": "twice"], fields: ["Idempotency-Key": "k"])
      #expect(other.status == 422)
    }
  }

  @Test func `a busy conversation refuses when asked to`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Script.gated("a", gate, "b") }
    defer {
      gate.open()
      upstream.stop()
    }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let first = try await site.invoke(agent, "hi", ["background": true])
      let conversation = first.json["conversation"] ?? .null
      let refused = try await site.invoke(
        agent, "me too", ["conversationId": conversation, "onBusy": "reject"])
      #expect(refused.status == 409)
      #expect(refused.code == "conversation_busy")
      let queued = try await site.invoke(
        agent, "me too", ["conversationId": conversation, "background": true])
      #expect(queued.json["status"] == "queued")
      gate.open()
      try await eventually("both are answered") {
        try await site.get("/api/runs?status=completed").json["items"]?.array?.count == 2
      }
    }
  }

  @Test func `a client that leaves stops nothing`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Script.gated("a", gate, "b") }
    defer {
      gate.open()
      upstream.stop()
    }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let port = site.port
      try await onThread {
        let socket = try RawSocket(port: port)
        let body = "{\"agentId\":\"\(agent)\",\"message\":\"hi\"}"
        try socket.send(
          "POST /api/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        while upstream.requests.isEmpty { usleep(1000) }
        socket.reset()
      }
      gate.open()
      try await eventually("the run completes") {
        try await site.get("/api/runs?status=completed").json["items"]?.array?.count == 1
      }
    }
  }
}
