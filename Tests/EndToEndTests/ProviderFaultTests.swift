import Basics
import TestKit
import Testing

/// What callers of `POST /api/invoke` are told when a provider does not answer.
struct ProviderFaultTests {
  struct Fault: Sendable {
    let name: String
    let code: String
    var partialText: String?
    let actions: [ScriptedUpstream.Action]
  }

  private static func refusal(_ status: Int) -> [ScriptedUpstream.Action] {
    [.response("{\"error\":{\"message\":\"refused with \(status)\"}}", status: status)]
  }

  private static let begun = [CompletionScript.head, CompletionScript.piece("So fär ")]

  private static let faults = [
    Fault(name: "a wrong key", code: "provider_unauthorized", actions: refusal(401)),
    Fault(name: "no such model", code: "provider_model_not_found", actions: refusal(404)),
    Fault(name: "a limit", code: "provider_rate_limited", actions: refusal(429)),
    Fault(name: "a broken server", code: "provider_server_error", actions: refusal(500)),
    Fault(name: "a cut", code: "provider_truncated", partialText: "So fär ", actions: begun + [.close]),
    Fault(
      name: "an early end", code: "provider_truncated", partialText: "So fär ",
      actions: begun + [.lastChunk]),
    Fault(name: "a reset", code: "provider_unreachable", partialText: "So fär ", actions: begun + [.reset]),
    Fault(
      name: "silence within", code: "provider_timeout", partialText: "So fär ", actions: begun + [.stall]),
    Fault(name: "silence from the start", code: "provider_timeout", actions: [.stall]),
    Fault(
      name: "nonsense", code: "provider_malformed", partialText: "So fär ",
      actions: begun + [.chunk("data: {\"choices\":[nonsense\n\n"), .lastChunk]),
  ]

  @Test func `Each fault of a provider has its name, and what was written is kept`() async throws {
    let hub = try await onThread {
      try HubBinary(environment: [
        "AGENTHUB_PROVIDER_FIRST_BYTE_TIMEOUT": "3", "AGENTHUB_PROVIDER_IDLE_TIMEOUT": "3",
      ])
    }
    await withThrowingTaskGroup(of: Void.self) { group in
      for fault in Self.faults { group.addTask { try await onThread { try Self.check(fault, on: hub) } } }
    }
  }

  private static func check(_ fault: Fault, on hub: HubBinary) throws {
    let upstream = try ScriptedUpstream { _ in fault.actions }
    defer { upstream.stop() }
    let agent = try hub.createAgent(upstream, name: fault.name)
    let answer = try hub.post("/api/invoke", ["agentId": .string(agent), "message": "Hello"])
    let about = Comment(rawValue: "\(fault.name): \(answer.json.text)")
    #expect(answer.status == 500, about)
    #expect(answer["error"]?.string == "Agent invocation failed", about)
    #expect(answer["code"]?.string == fault.code, about)
    #expect(answer["details"]?.string?.isEmpty == false, about)
    #expect(answer["response"]?.string == fault.partialText, about)
    let run = try hub.get("/api/runs/\(answer["runId"]?.string ?? "")")
    #expect(run["status"]?.string == "failed", about)
    #expect(run["error"]?["code"]?.string == fault.code, about)
    let messages = try hub.messages(of: answer["conversationId"]?.string ?? "")
    #expect(
      messages.compactMap { $0["text"]?.string } == ["Hello"] + [fault.partialText].compactMap { $0 }, about)
  }

  @Test func `Without a key or a server the answer says which setting to set`() async throws {
    try await onThread {
      // Nothing listens on port 1.
      let hub = try HubBinary(environment: ["OLLAMA_BASE_URL": "http://127.0.0.1:1"])
      let agents = try hub.get("/api/agents").json.array ?? []
      func invoke(_ name: String) throws -> HubAnswer {
        let id = agents.first { $0["identityName"]?.string == name }?["id"]
        return try hub.post("/api/invoke", ["agentId": id ?? "", "message": "Hello"])
      }
      let cloud = try invoke("GPT-4 Strategist")
      #expect(cloud.status == 500)
      #expect(cloud["error"]?.string == "Agent invocation failed")
      #expect(cloud["details"]?.string?.contains("OpenAI API key is required") == true, "\(cloud.json.text)")
      #expect(cloud["hint"]?.string?.contains("OPENAI_API_KEY") == true, "\(cloud.json.text)")
      let local = try invoke("Llama 3 Assistant")
      #expect(local.status == 500)
      #expect(
        local["details"]?.string?.hasPrefix("Failed to stream from Ollama") == true, "\(local.json.text)")
      #expect(local["hint"]?.string?.contains("OLLAMA_BASE_URL") == true, "\(local.json.text)")
    }
  }
}
