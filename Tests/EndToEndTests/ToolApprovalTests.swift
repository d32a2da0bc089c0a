import Basics
import Glibc
import TestKit
import Testing

/// A hub that is killed while a run waits for approval: what waits outlives the process.
struct ToolApprovalTests {
  private static func upstream() throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      if request.path.hasPrefix("/door") { return [.response("open")] }
      guard !request.text.contains("tool_call_id") else { return CompletionScript.whole("It is open.") }
      let call: JSON = [
        "index": 0, "id": "c1", "function": ["name": "door", "arguments": #"{"which":"front"}"#],
      ]
      let delta: JSON = [
        "choices": [["index": 0, "delta": ["tool_calls": [call]], "finish_reason": "tool_calls"]]
      ]
      return [CompletionScript.head, .chunk("data: \(delta.text)\n\ndata: [DONE]\n\n"), .lastChunk]
    }
  }

  private static func wait(_ hub: HubBinary, _ run: String, until status: String) throws -> HubAnswer {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while true {
      let answer = try hub.get("/api/runs/\(run)")
      if answer["status"]?.string == status { return answer }
      guard ContinuousClock.now < deadline else {
        throw ChildProcess.Failure(description: "never \(status): \(answer.json.text)")
      }
      usleep(5000)
    }
  }

  @Test(arguments: [false, true])
  func `A run waits through kill -9, and approval goes on where it was, also inside a pipeline`(
    isInside: Bool
  )
    async throws
  {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await onThread {
      let folder = ScratchFolder()
      var hub = try HubBinary(in: folder)
      let tool = try hub.post(
        "/api/tools",
        [
          "name": "door", "url": .string(upstream.url + "/door/{which}"), "method": "POST",
          "approval": "always",
          "parameters": [
            "type": "object", "properties": ["which": ["type": "string"]], "required": ["which"],
          ],
        ])
      #expect(tool.status == 201, "\(tool.json.text)")
      let agent = try hub.post(
        "/api/agents",
        [
          "name": "Porter", "provider": "openai", "model": "scripted",
          "config": ["baseUrl": .string(upstream.url + "/v1"), "tools": ["door"]],
        ])
      let line = try hub.post(
        "/api/agents",
        [
          "name": "Line", "provider": "pipeline",
          "config": [
            "pipeline": [
              "steps": [
                ["id": "note", "type": "compose", "text": "Asked: {{input}}"],
                ["id": "porter", "type": "agent", "agent": "Porter", "input": "{{steps.note.text}}"],
              ]
            ]
          ],
        ])
      let asked = isInside ? line : agent
      let first = try hub.post("/api/invoke", ["agentId": asked["id"] ?? "", "message": "Open!"])
      #expect(first.status == 202, "\(first.json.text)")
      let run = first["runId"]?.string ?? ""
      let behind = try hub.begin(asked["id"]?.string ?? "", "And?", in: first["conversationId"]?.string)
      hub.killAtOnce()
      hub = try HubBinary(in: folder)
      let waiting = try Self.wait(hub, run, until: "waiting")
      #expect(waiting["approvals"]?[0]?["arguments"]?["which"] == "front")
      #expect(try hub.get("/api/runs/\(behind.id)")["status"] == "queued")
      // Once more, for good measure: the second restart finds what the first one left.
      hub.killAtOnce()
      hub = try HubBinary(in: folder)
      #expect(!upstream.requests.contains { $0.path.hasPrefix("/door") })
      let approved = try hub.post("/api/runs/\(run)/approve", ["decision": "approve"])
      #expect(approved.status == 200, "\(approved.json.text)")
      let end = try Self.wait(hub, run, until: "completed")
      let called = isInside ? try hub.get("/api/runs/\(end["parts"]?[0]?["id"]?.string ?? "")") : end
      #expect(called["toolCalls"]?[0]?["result"]?[0]?["text"] == "open", "\(called.json.text)")
      #expect(upstream.requests.count { $0.path == "/door/front" } == 1)
      if isInside {
        // A step gets no history unless it wants it, so its agent asks again.
        _ = try Self.wait(hub, behind.id, until: "waiting")
        _ = try hub.post("/api/runs/\(behind.id)/approve", ["decision": "approve"])
      }
      _ = try Self.wait(hub, behind.id, until: "completed")
      let messages = try hub.messages(of: behind.conversation).filter { $0["step"] == nil }
      let roles =
        isInside ? ["user", "user", "agent", "agent"] : ["user", "agent", "user", "tool", "agent", "agent"]
      #expect(messages.map { $0["role"]?.string } == roles)
      #expect(messages.filter { $0["run"]?.string == run }.last?["text"] == "It is open.")
    }
  }
}
