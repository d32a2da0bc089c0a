import Basics
import Model
import TestKit
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct DemoTests {
  @Test func `the demo answers offline, says what it is and what to set`() async throws {
    let kit = try ClientKit()
    let answer = await kit.answer(try kit.call(nil, provider: "demo", config: ["paceMilliseconds": 0]))
    #expect(answer.finish == .stop && answer.error == nil)
    for word in ["offline demo agent", "“Hi”", "OLLAMA_BASE_URL", "OPENAI_API_KEY", "BYTEZ_API_KEY"] {
      #expect(answer.text.contains(word))
    }
  }

  @Test func `the demo comes in small pieces at a natural pace`() async throws {
    let kit = try ClientKit()
    let stream = try await kit.client.stream(try kit.call(nil, provider: "demo"))
    let started = ProviderClient.now
    var pieces = 0
    for _ in 0..<6 {
      guard case .events(let events) = try await stream.next() else { return #expect(Bool(false)) }
      pieces += events.filter(\.isVisible).count
    }
    #expect(pieces == 6)
    #expect(ProviderClient.now - started >= 5 * 20_000_000)
    #expect(try await stream.next(until: ProviderClient.now + 1_000_000) == .deadline)
  }

  @Test func `the demo can be cancelled`() async throws {
    let kit = try ClientKit()
    let stream = try await kit.client.stream(
      try kit.call(nil, provider: "demo", config: ["paceMilliseconds": 1000]))
    _ = try await stream.next()
    let waiting = Task { try await stream.next() }
    waiting.cancel()
    await #expect(throws: ProviderError.self) { try await waiting.value }
    await #expect(throws: ProviderError.self) { try await stream.next() }
  }

  @Test func `a long question is cut and no question is fine`() {
    for text in [String(repeating: "word ", count: 50), "", "🦙"] {
      var script = DemoScript(
        ProviderCall(
          provider: "demo",
          request: CompletionRequest(model: "m", turns: [CompletionRequest.Turn(role: .user, text: text)])))
      var answer = ""
      while !script.isOver {
        for case .text(let piece) in script.advance(now: 0) { answer += piece }
      }
      #expect(answer.contains("You asked: “"))
      #expect(answer.count < 900)
    }
  }
}
