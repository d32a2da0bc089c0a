import Basics
import Fetch
import TestKit
import Testing

@testable import Providers

/// Servers and proxies break, and what they send then must never break the hub.
struct DamageTests {
  static let streams: [(name: String, make: @Sendable () -> any ProviderDecoder, bytes: [UInt8])] = [
    ("chat", { DecoderKit.chat() }, DecoderKit.stream(Samples.text)),
    ("chat tools", { DecoderKit.chat() }, DecoderKit.stream(Samples.toolCalls)),
    ("anthropic", { AnthropicDecoderTests.decoder() }, AnthropicSamples.stream(AnthropicSamples.tool)),
    ("gemini", { GeminiDecoderTests.decoder() }, DecoderKit.stream(GeminiSamples.text + GeminiSamples.calls)),
    (
      "ollama", { OllamaDecoder(origin: DecoderKit.ollama) },
      Array(Samples.ollama.map { $0 + "\n" }.joined().utf8)
    ),
    ("bedrock", { ConverseSamples.decoder() }, ConverseSamples.bytes(ConverseSamples.toolUse)),
    (
      "bytez", { BytezTextDecoder(DecoderKit.head("text/plain"), origin: DecoderKit.origin) },
      Array("Hé 🦙 {".utf8)
    ),
  ]

  /// Bytes changed, lost, doubled and moved; each answer still ends exactly once, and nothing comes after its end.
  @Test(arguments: streams.indices)
  func `damaged streams end once, in order`(index: Int) {
    let stream = Self.streams[index]
    for seed in 0..<400 {
      var random = SeededGenerator(seed: UInt64(seed))
      var bytes = stream.bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.damage(&bytes, &random) }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let answer = Decoded(stream.make(), [Array(bytes[..<cut]), Array(bytes[cut...])])
      Self.check(answer, "\(stream.name) \(seed)")
    }
  }

  /// Checksums keep damage from Converse's rules, so theirs is done to whole messages.
  @Test func `messages of Converse lost, doubled and moved make an answer that ends once, in order`() {
    for seed in 0..<400 {
      var random = SeededGenerator(seed: UInt64(seed))
      var messages = ConverseSamples.toolUse
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<messages.count, using: &random)
        let message = messages[place]
        if Bool.random(using: &random) { messages.remove(at: place) }
        if Bool.random(using: &random) {
          messages.insert(message, at: Int.random(in: 0...messages.count, using: &random))
        }
      }
      Self.check(ConverseSamples.answer(messages), "\(seed)")
    }
  }

  private static func check(_ answer: Decoded, _ about: Comment) {
    let ends = answer.events.filter { if case .finish = $0 { true } else { false } }.count
    #expect(ends + (answer.error == nil ? 0 : 1) == 1, about)
    if ends == 1, case .finish = answer.events.last {} else { #expect(ends == 0, about) }
    var open: Set<Int> = []
    for event in answer.events {
      if case .toolCallStart(let index, _, _, _) = event { open.insert(index) }
      if case .toolCallEnd(let index, _, _) = event { #expect(open.remove(index) != nil) }
    }
    #expect(open.isEmpty, about)
  }

  private static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    default:
      let piece = Array(bytes[place..<end])
      bytes.removeSubrange(place..<end)
      bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &random))
    }
  }
}
