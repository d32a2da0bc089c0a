import Basics
import Storage
import TestKit
import Testing

@testable import API

/// A registered tool that wants approval, from its registration to the answer, over REST and over sockets.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ApprovalFlowTests {
  private static func wish(_ arguments: String) -> [ScriptedUpstream.Action] {
    let call: JSON = [
      "index": 0, "id": "c1", "function": ["name": "light", "arguments": .string(arguments)],
    ]
    let delta: JSON = [
      "choices": [
        ["index": 0, "delta": ["content": "May I?", "tool_calls": [call]], "finish_reason": "tool_calls"]
      ]
    ]
    return [Script.head, .chunk("data: \(delta.text)\n\ndata: [DONE]\n\n"), .lastChunk]
  }

  /// Answers as the model until it has a result, and as the tool's server.
  private static func upstream() throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      if request.path.hasPrefix("/lamp") { return [.response(#"{"lamp":"on"}"#)] }
      return request.text.contains("tool_call_id") ? Script.whole("It is on.") : wish(#"{"room":"hall"}"#)
    }
  }

  private static func agent(_ site: HubUnderTest, _ upstream: ScriptedUpstream) async throws -> String {
    let tool = try await site.post(
      "/api/tools",
      [
        "name": "light", "url": .string(upstream.url + "/lamp/{room}"), "method": "PUT", "approval": "always",
        "headers": ["X-Key": "lamp-secret-0042"],
        "parameters": ["type": "object", "properties": ["room": ["type": "string"]], "required": ["room"]],
      ])
    #expect(tool.status == 201, "\(tool.text)")
    return try await site.makeAgent(
      "Butler", provider: "openai", config: ["baseUrl": .string(upstream.url + "/v1"), "tools": ["light"]])
  }

  @Test func `S003-46 over REST: the call is shown, approved, made and kept`() async throws {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await Self.agent(site, upstream)
      let waiting = try await site.invoke(agent, "Light!")
      #expect(waiting.status == 202 && waiting.json["status"] == "waiting", "\(waiting.text)")
      let request: JSON = [
        "call": 1, "id": "c1", "tool": "light", "round": 1, "arguments": ["room": "hall"],
      ]
      #expect(waiting.json["approvals"] == [request])
      let run = try #require(waiting.json["runId"]?.string)
      let before = try await site.get("/api/runs/\(run)")
      #expect(before.json["status"] == "waiting" && before.json["approvals"] == [request])
      #expect(before.json["toolCalls"]?[0]?["status"] == "waiting")
      #expect(try await site.get("/api/runs?status=waiting").json["items"]?.array?.count == 1)
      for bad in [#"{}"#, #"{"decision":"yes"}"#, #"{"decision":"approve","call":2,"arguments":{}}"#] {
        let answer = try await site.send("POST", "/api/runs/\(run)/approve", body: bad)
        #expect((400..<500).contains(answer.status), "\(answer.text)")
      }
      #expect(!upstream.requests.contains { $0.path.hasPrefix("/lamp") })
      let approved = try await site.post("/api/runs/\(run)/approve", ["decision": "approve"])
      #expect(approved.status == 200, "\(approved.text)")
      try await eventually("the end") { try await site.get("/api/runs/\(run)").json["status"] == "completed" }
      let lamp = try #require(upstream.requests.first { $0.path.hasPrefix("/lamp") })
      #expect(lamp.method == "PUT" && lamp.path == "/lamp/hall" && lamp["x-key"] == "lamp-secret-0042")
      let after = try await site.get("/api/runs/\(run)")
      #expect(after.json["toolCalls"]?[0]?["result"]?[0]?["text"] == #"{"lamp":"on"}"#)
      #expect(after.json["approvals"] == nil && !after.text.contains("lamp-secret"))
      let late = try await site.post("/api/runs/\(run)/approve", ["decision": "approve"])
      #expect(late.status == 409 && late.code == "run_not_waiting")
      #expect(try await site.post("/api/runs/nope/approve", ["decision": "approve"]).status == 404)
      let conversation = waiting.json["conversationId"]?.string ?? ""
      let messages =
        try await site.get("/api/conversations/\(conversation)/messages").json["items"]?.array ?? []
      #expect(messages.map { $0["role"] } == ["user", "agent", "tool", "agent"])
      #expect(messages.last?["text"] == "It is on.")
    }
  }

  @Test func `over sockets: everybody sees the wait, and any of them decides`() async throws {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await Self.agent(site, upstream)
      let client = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      _ = try await client.command(1, "hello")
      let nexus = try await SocketClient.open(site)
      let invoked = try await client.command(2, "invoke", ["agent": .string(agent), "message": "Light!"])
      let run = try #require(invoked["ok"]?["run"])
      try await client.wait("the wait") {
        $0["type"] == "run.waiting" && $0["approvals"]?[0]?["tool"] == "light"
      }
      try await nexus.wait("the wait") {
        $0["kind"] == "agent-approval-required" && $0["data"]?["runId"] == run
          && $0["data"]?["approvals"]?[0]?["arguments"]?["room"] == "hall"
      }
      // Who comes late sees it in its snapshot.
      let late = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      _ = try await late.command(1, "subscribe", ["conversation": invoked["ok"]?["conversation"] ?? ""])
      try await late.wait("the snapshot") { $0["snapshot"]?["approvals"]?[0]?["run"] == run }
      let wrong = try await late.command(2, "approve", ["run": run, "decision": "perhaps"])
      #expect(wrong["error"]?["code"] == "invalid_approval")
      let denied = try await late.command(
        3, "approve", ["run": run, "calls": [1], "decision": "deny", "reason": "It is day."])
      #expect(denied["ok"]?["run"] == run && denied["ok"]?["approvals"] == [], "\(denied.text)")
      try await client.wait("the end") { $0["type"] == "run.completed" && $0["run"] == run }
      try await client.wait("the denial") {
        $0["type"] == "tool.failed" && $0["error"]?["code"] == "tool_denied"
      }
      #expect(!upstream.requests.contains { $0.path.hasPrefix("/lamp") })
      #expect(upstream.requests.last?.text.contains("It is day.") == true)
      try await nexus.wait("the answer") {
        $0["kind"] == "agent-response-complete" && $0["data"]?["response"] == "It is on."
      }
      let again = try await client.command(4, "approve", ["run": run, "decision": "approve"])
      #expect(again["error"]?["code"] == "run_not_waiting")
    }
  }

  @Test func `an event stream of a run stays open while it waits`() async throws {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await Self.agent(site, upstream)
      let run = try #require(try await site.invoke(agent, "Light!").json["runId"]?.string)
      async let answer = site.send(
        "POST", "/api/invoke",
        body: JSON.object(["agentId": .string(agent), "message": "Light!", "stream": true]).text)
      try await eventually("two wait") {
        try await site.get("/api/runs?status=waiting").json["items"]?.array?.count == 2
      }
      for item in try await site.get("/api/runs?status=waiting").json["items"]?.array ?? [] {
        _ = try await site.post("/api/runs/\(item["id"]?.string ?? run)/approve", ["decision": "approve"])
      }
      let text = try await answer.text
      #expect(
        text.contains("run.waiting") && text.contains("tool.completed") && text.contains("run.completed"))
    }
  }

  @Test func `a stop ends the wait`() async throws {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await Self.agent(site, upstream)
      let run = try #require(try await site.invoke(agent, "Light!").json["runId"]?.string)
      #expect(try await site.post("/api/runs/\(run)/stop", [:]).json["status"] == "stopped")
      #expect(try await site.get("/api/runs/\(run)").json["toolCalls"]?[0]?["status"] == "stopped")
    }
  }
}
