import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

/// A client whose providers are scripted.
struct ClientKit {
  let client: ProviderClient

  init(_ settings: [String: String] = [:]) throws {
    client = ProviderClient(
      fetcher: try Fetcher(log: .silent), settings: try ProviderSettings(settings), log: .silent)
  }

  func call(
    _ upstream: ScriptedUpstream?, provider: String = "openai", config: JSONObject = [:]
  ) throws -> ProviderCall {
    var config = config
    if let upstream { config["baseUrl"] = .string(upstream.url + (provider == "openai" ? "/v1" : "")) }
    return ProviderCall(
      provider: provider,
      request: CompletionRequest(model: "m", turns: [CompletionRequest.Turn(role: .user, text: "Hi")]),
      configuration: try AgentConfiguration(config))
  }

  /// The whole answer.
  func answer(_ call: ProviderCall) async -> (text: String, finish: FinishReason?, error: ProviderError?) {
    var text = ""
    var finish: FinishReason?
    do throws(ProviderError) {
      let stream = try await client.stream(call)
      while true {
        switch try await stream.next() {
        case .end: return (text, finish, nil)
        case .deadline: break
        case .events(let events):
          for event in events {
            if case .text(let piece) = event { text += piece }
            if case .finish(let reason, _) = event { finish = reason }
          }
        }
      }
    } catch {
      return (text, finish, error)
    }
  }
}

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ProviderClientTests {
  private static let stream = String(decoding: DecoderKit.stream(Samples.text), as: UTF8.self)
  private static let piece = String(decoding: DecoderKit.stream([Samples.text[1]]), as: UTF8.self)

  @Test func `S003-06 an answer streams from an OpenAI-compatible server`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(
      .chunkedHead(fields: ["X-Request-Id: r1"]), .chunk(Self.stream), .lastChunk)
    let stream = try await kit.client.stream(try kit.call(upstream, config: ["apiKey": "k"]))
    var events: [ProviderEvent] = []
    while case .events(let more) = try await stream.next() { events += more }
    #expect(
      events.first == .started(ProviderStart(provider: "openai", model: "m", response: "c1", request: "r1")))
    #expect(events.last == .finish(.stop, raw: "stop"))
    #expect(try await stream.next() == .end)
    let request = try #require(upstream.requests.first)
    #expect(request.path == "/v1/chat/completions")
    #expect(request["authorization"] == "Bearer k")
    #expect(try JSON.parse(request.body)["stream"] == true)
    upstream.stop()
  }

  @Test func `an agent's own fields go along and take the place of the hub's`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk(Self.stream), .lastChunk)
    let headers: JSON = ["ANTHROPIC-Version": "2026-10-21", "anthropic-beta": "a,b"]
    let call = try kit.call(
      upstream, provider: "anthropic", config: ["apiKey": "k", "providerHeaders": headers])
    _ = await kit.answer(call)
    let fields = try #require(upstream.requests.first).fields
    #expect(fields.filter { $0.name == "anthropic-version" }.map(\.value) == ["2026-10-21"])
    #expect(fields.contains { $0.name == "anthropic-beta" && $0.value == "a,b" })
    #expect(fields.contains { $0.name == "x-api-key" && $0.value == "k" })
    upstream.stop()
  }

  @Test func `S003-05 an answer streams from Ollama`() async throws {
    let kit = try ClientKit()
    let lines = Samples.ollama.map { ScriptedUpstream.Action.chunk($0 + "\n") }
    let upstream = try ScriptedUpstream { _ in
      [.chunkedHead(type: "application/x-ndjson")] + lines + [.lastChunk]
    }
    let answer = await kit.answer(try kit.call(upstream, provider: "ollama"))
    #expect(answer.text == "Hé 🦙")
    #expect(answer.error == nil)
    #expect(upstream.requests.first?.path == "/api/chat")
    upstream.stop()
  }

  @Test func `S003-48 connections are used again after a finished answer`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(
      .chunkedHead(), .chunk(Self.stream), .wait(milliseconds: 2), .lastChunk)
    for _ in 0..<3 {
      #expect(await kit.answer(try kit.call(upstream)).error == nil)
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(upstream.accepted == 1)
    upstream.stop()
  }

  typealias Fault = (
    name: String, actions: [ScriptedUpstream.Action], kind: ProviderError.Kind, text: String, status: Int?
  )
  static let faults: [Fault] = [
    ("cut", [.chunkedHead(), .chunk(piece), .close], .truncated, "Héllo 🦙", nil),
    ("ended early", [.chunkedHead(), .chunk(piece), .lastChunk], .truncated, "Héllo 🦙", nil),
    ("reset", [.chunkedHead(), .chunk(piece), .wait(milliseconds: 20), .reset], .network, "Héllo 🦙", nil),
    ("stalled", [.chunkedHead(), .chunk(piece), .stall], .timeout, "Héllo 🦙", nil),
    ("silent", [.stall], .timeout, "", nil),
    (
      "malformed", [.chunkedHead(), .chunk(piece), .chunk("data: {oops\n\n"), .lastChunk], .malformed,
      "Héllo 🦙", nil
    ),
    (
      "error inside",
      [.chunkedHead(), .chunk(piece + "data: {\"error\":{\"message\":\"m\",\"code\":429}}\n\n")], .rateLimit,
      "Héllo 🦙", 429
    ),
    (
      "401", [.response(#"{"error":{"message":"bad key sk-abcdefghijkl"}}"#, status: 401)], .authentication,
      "", 401
    ),
    ("404", [.response(#"{"error":{"message":"no model"}}"#, status: 404)], .modelNotFound, "", 404),
    (
      "429", [.response(#"{"error":{"message":"slow"}}"#, status: 429, fields: ["Retry-After: 3"])],
      .rateLimit, "", 429
    ),
    ("500", [.response("", status: 500)], .server, "", 500),
    (
      "HTML", [.response("<html><title>Bad Gateway</title>", status: 502, type: "text/html")], .server, "",
      502
    ),
    (
      "huge error", [.response(String(repeating: "x", count: 8 << 20), status: 400)], .invalidRequest, "", 400
    ),
    (
      "redirect", [.response("", status: 302, fields: ["Location: http://127.0.0.1:1/"])], .invalidRequest,
      "", 302
    ),
    ("error as a document", [.response(#"{"error":"Unauthorized"}"#)], .server, "", nil),
    ("no HTTP", [.text("hello\r\n\r\n"), .close], .malformed, "", nil),
  ]

  @Test(arguments: faults.indices)
  func `a fault has its class, and the text before it is kept`(index: Int) async throws {
    let fault = Self.faults[index]
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream { _ in fault.actions }
    // Only where time has to run out: a busy machine must not turn another fault into a time-out.
    let timeouts: JSON = fault.kind == .timeout ? ["idle": 0.2, "firstByte": 0.4] : [:]
    let answer = await kit.answer(try kit.call(upstream, config: ["timeouts": timeouts]))
    let error = try #require(answer.error)
    #expect(error.kind == fault.kind, "\(fault.name)")
    #expect(answer.text == fault.text, "\(fault.name)")
    #expect(error.emitted == !fault.text.isEmpty)
    #expect(error.status == fault.status)
    #expect(error.message.hasPrefix("Failed to stream from OpenAI: "))
    #expect(!error.message.contains("abcdefgh"))
    #expect(fault.name != "429" || error.retryAfter == .seconds(3))
    upstream.stop()
  }

  @Test func `a first byte may be slow`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(
      .wait(milliseconds: 500), .chunkedHead(), .chunk(Self.stream), .lastChunk)
    #expect(await kit.answer(try kit.call(upstream, config: ["timeouts": ["idle": 0.3]])).finish == .stop)
    upstream.stop()
  }

  @Test func `a document instead of a stream is an answer`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(
      .response(#"{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}"#))
    let answer = await kit.answer(try kit.call(upstream))
    #expect(answer.text == "whole" && answer.finish == .stop && answer.error == nil)
    upstream.stop()
  }

  @Test func `a break after the reason to end harms nothing`() async throws {
    let kit = try ClientKit()
    let done = String(decoding: DecoderKit.stream(Array(Samples.text.prefix(4))), as: UTF8.self)
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk(done), .wait(milliseconds: 10), .reset)
    let answer = await kit.answer(try kit.call(upstream))
    #expect(answer.finish == .stop && answer.error == nil)
    upstream.stop()
  }

  @Test func `a connection that breaks still tells the tokens so far, and ends open calls`() async throws {
    let kit = try ClientKit()
    let begun = String(
      decoding: AnthropicSamples.stream(Array(AnthropicSamples.tool.prefix(9))), as: UTF8.self)
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk(begun), .wait(milliseconds: 20), .reset)
    let call = try kit.call(upstream, provider: "anthropic", config: ["apiKey": "k"])
    var events: [ProviderEvent] = []
    let stream = try await kit.client.stream(call)
    do {
      while case .events(let more) = try await stream.next() { events += more }
    } catch {
      #expect(error.kind == .network)
    }
    #expect(
      events.suffix(2) == [
        .toolCallEnd(index: 0, arguments: #"{"city": "Ro"#, isValid: false),
        .usage(Usage(inputTokens: 30, outputTokens: 1, cachedTokens: 3, cacheWriteTokens: 2)),
      ])
    await #expect(throws: ProviderError.self) { try await stream.next() }
    upstream.stop()
  }

  @Test func `an Ollama that does not run is named with what to do`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(.close)
    let call = try kit.call(upstream, provider: "ollama")
    upstream.stop()
    try await Task.sleep(for: .milliseconds(20))
    let error = try #require(await kit.answer(call).error)
    #expect(error.kind == .network)
    #expect(error.phase == .connect)
    #expect(error.message.hasPrefix("Failed to stream from Ollama: "))
    #expect(error.hint?.contains("OLLAMA_BASE_URL") == true)
    #expect(error.hint?.contains("ollama serve") == true)
  }

  @Test func `a model that Ollama lacks is named with what to do`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(.response(#"{"error":"model 'm' not found"}"#, status: 404))
    let error = try #require(await kit.answer(try kit.call(upstream, provider: "ollama")).error)
    #expect(error.kind == .modelNotFound)
    #expect(error.message == "Failed to stream from Ollama: model 'm' not found (HTTP 404)")
    #expect(error.hint?.contains("ollama pull m") == true)
    upstream.stop()
  }

  @Test func `an address of the cloud's metadata is never called`() async throws {
    let kit = try ClientKit()
    let call = try kit.call(nil, config: ["baseUrl": "http://169.254.169.254/v1", "apiKey": "k"])
    let error = try #require(await kit.answer(call).error)
    #expect(error.kind == .invalidRequest)
    #expect(error.message.contains("never called"))
  }

  @Test func `a deadline passes while the answer goes on`() async throws {
    let kit = try ClientKit()
    let rest = Gate()
    let upstream = try ScriptedUpstream(
      .chunkedHead(), .chunk(Self.piece), .waitFor(rest), .chunk(Self.stream), .lastChunk)
    let stream = try await kit.client.stream(try kit.call(upstream))
    guard case .events = try await stream.next() else { return #expect(Bool(false)) }
    #expect(try await stream.next(until: ProviderClient.now + 10_000_000) == .deadline)
    rest.open()
    guard case .events = try await stream.next() else { return #expect(Bool(false)) }
    upstream.stop()
  }

  @Test func `cancelling closes the upstream connection`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk(Self.piece), .stall)
    let stream = try await kit.client.stream(try kit.call(upstream))
    _ = try await stream.next()
    stream.cancel()
    let error = await #expect(throws: ProviderError.self) { try await stream.next() }
    #expect(error?.kind == .cancelled)
    #expect(error?.emitted == true)
    #expect(await upstream.wait(seconds: 1) { $0.closedByPeer == 1 })
    upstream.stop()
  }

  @Test func `cancelling the task that waits closes the upstream connection`() async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(.stall)
    let call = try kit.call(upstream)
    let waiting = Task { await kit.answer(call).error?.kind }
    #expect(await upstream.wait { $0.requests.count == 1 })
    waiting.cancel()
    #expect(await waiting.value == .cancelled)
    #expect(await upstream.wait(seconds: 1) { $0.closedByPeer == 1 })
    upstream.stop()
  }

  @Test func `fifty answers stream side by side`() async throws {
    let kit = try ClientKit()
    let all = Gate()
    let upstream = try ScriptedUpstream { request in
      let model = (try? JSON.parse(request.body))?["model"]?.string ?? "?"
      let first = #"data: {"choices":[{"delta":{"content":"\#(model)"}}]}"# + "\n\n"
      return [.chunkedHead(), .chunk(first), .waitFor(all), .chunk(Self.stream), .lastChunk]
    }
    let call = try kit.call(upstream)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask {
          var call = call
          call.request.model = "m\(number)"
          let answer = await kit.answer(call)
          #expect(answer.text == "m\(number)Héllo 🦙 world")
          #expect(answer.finish == .stop)
        }
      }
      #expect(await upstream.wait { $0.requests.count == 50 })
      all.open()
    }
    upstream.stop()
  }

  @Test(
    arguments: [
      ("gemini", [:], ProviderError.Kind.keyMissing, "Google API key is required", "GOOGLE_API_KEY"),
      ("google", ["OPENAI_API_KEY": "g"], .keyMissing, "Google API key is required", "GEMINI_API_KEY"),
      ("anthropic", [:], .keyMissing, "Anthropic API key is required", "ANTHROPIC_API_KEY"),
      ("bedrock", [:], .keyMissing, "AWS credentials are required", "AWS_BEARER_TOKEN_BEDROCK"),
      ("openai", [:], .keyMissing, "OpenAI API key is required", "OPENAI_API_KEY"),
      ("nope", [:], .unknownProvider, "Unknown provider: nope", "openai"),
    ] as [(String, [String: String], ProviderError.Kind, String, String)])
  func `what cannot answer says what to do`(
    provider: String, settings: [String: String], kind: ProviderError.Kind, message: String, hint: String
  ) async throws {
    let kit = try ClientKit(settings)
    let error = try #require(await kit.answer(try kit.call(nil, provider: provider)).error)
    #expect(error.kind == kind)
    #expect(error.message == message)
    #expect(error.hint?.contains(hint) == true)
  }
}
