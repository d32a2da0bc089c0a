import Basics
import Model
import Providers
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Answers of providers whose stream is not OpenAI's, from curl to the store and back into the next request.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct DialectTests {
  private static let anthropic = [
    #"{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3}}}"#,
    #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"21 °C"}}"#,
    #"{"type":"content_block_stop","index":1}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#,
    #"{"type":"message_stop"}"#,
  ]

  private static let gemini = [
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"Let me","thought":true}]}}]}"#,
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"21 "}]}}]}"#,
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"°C"}]}}]}"#,
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"","thoughtSignature":"EqQB"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":3,"candidatesTokenCount":4,"thoughtsTokenCount":3}}"#,
  ]

  private static let rows: [(provider: String, stream: [String], sealed: String, usage: Usage)] = [
    (
      "anthropic", anthropic,
      #"{"role":"assistant","content":[{"type":"thinking","thinking":"Let me","signature":"EqQB"},{"type":"text","text":"21 °C"}]}"#,
      Usage(inputTokens: 10, outputTokens: 7, cachedTokens: 3, cacheWriteTokens: 2)
    ),
    (
      "gemini", gemini,
      #"{"role":"model","parts":[{"text":"21 °C"},{"text":"","thoughtSignature":"EqQB"}]}"#,
      Usage(inputTokens: 10, outputTokens: 7, cachedTokens: 3, reasoningTokens: 3)
    ),
  ]

  @Test(arguments: rows.indices)
  func `text, reasoning and usage are stored, and what is sealed goes back`(index: Int) async throws {
    let row = Self.rows[index]
    let upstream = try ScriptedUpstream { _ in
      [.chunkedHead()] + row.stream.map { .chunk("data: \($0)\n\n") } + [.lastChunk]
    }
    let fixture = try await RunFixture(upstream, provider: row.provider, config: ["apiKey": "k"])
    let run = try await fixture.runs.outcome(of: fixture.invoke("one").id)
    #expect(run.status == .completed && run.usage == row.usage, "\(run)")
    #expect(fixture.shown(run.id) == "21 °C")
    #expect(try await fixture.messages(of: run).map(\.text) == ["one", "Let me", "21 °C"])
    _ = try await fixture.runs.outcome(of: fixture.invoke("two", in: run.conversation).id)
    #expect(upstream.requests.last?.text.contains(row.sealed) == true)
    await fixture.close()
  }

  @Test func `S002-37 pictures of the user go along, now and later`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream)
    var invocation = Invocation(agent: fixture.agent, text: "Look")
    invocation.images = [.data(mediaType: "image/png", base64: "QUJD")]
    let run = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    _ = try await fixture.runs.outcome(of: fixture.invoke("Again", in: run.conversation).id)
    #expect(upstream.requests.count == 2)
    for request in upstream.requests {
      #expect(
        request.text.contains(
          #"{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]}"#
        ))
    }
    let created = fixture.published.all.compactMap { event -> MessageCreated? in
      if case .messageCreated(let created) = event.body { created } else { nil }
    }
    #expect([MessagePart](json: created.first?.parts).count == 2 && created.first?.text == "Look")
    invocation.images = [.url(String(repeating: "x", count: RunMachine.maximumText))]
    let large = invocation
    await #expect(throws: RunError.messageTooLong) { try await fixture.runs.invoke(large) }
    await fixture.close()
  }

  @Test func `another model does not get what is not its own`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [.chunkedHead()] + Self.anthropic.map { .chunk("data: \($0)\n\n") } + [.lastChunk]
    }
    let fixture = try await RunFixture(upstream, provider: "anthropic", config: ["apiKey": "k"])
    let run = try await fixture.runs.outcome(of: fixture.invoke("one").id)
    let other = try await fixture.store.write { store in
      let config: JSONObject = ["apiKey": "k", "baseUrl": .string(upstream.url)]
      return try store.agents.create(
        Agent(
          id: store.newIdentifier(), name: "Other", provider: "anthropic", model: "n", config: config,
          createdAt: store.now, updatedAt: store.now)
      ).id
    }
    var invocation = Invocation(agent: other, text: "two")
    invocation.conversation = run.conversation
    _ = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    let request = try #require(upstream.requests.last?.text)
    #expect(request.contains("21 °C") && !request.contains("EqQB"))
    await fixture.close()
  }

  @Test func `a broken answer keeps its text, and nobody else's failure is hidden in it`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [.chunkedHead()] + Self.anthropic.prefix(7).map { .chunk("data: \($0)\n\n") } + [
        .chunk(
          "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
        ), .lastChunk,
      ]
    }
    let fixture = try await RunFixture(upstream, provider: "anthropic", config: ["apiKey": "k"])
    let run = try await fixture.runs.outcome(of: fixture.invoke("one").id)
    #expect(run.status == .failed && run.error?.code == "provider_overloaded")
    #expect(run.error?.message == "Failed to stream from Anthropic: Overloaded")
    #expect(fixture.shown(run.id) == "21 °C")
    await fixture.close()
  }
}
