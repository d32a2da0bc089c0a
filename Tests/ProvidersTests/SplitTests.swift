import TestKit
import Testing

@testable import Providers

/// Bytes come in any pieces; what they say does not depend on it.
struct SplitTests {
  static let bodies: [(name: String, isOllama: Bool, bytes: [UInt8])] = [
    ("text", false, DecoderKit.stream(Samples.text)),
    ("text with CR LF", false, DecoderKit.stream(Samples.text, lineEnd: "\r\n")),
    ("text with CR", false, DecoderKit.stream(Samples.text, lineEnd: "\r")),
    ("comments", false, Array(": hello\n\n:\n".utf8) + DecoderKit.stream(Samples.text)),
    ("tool calls", false, DecoderKit.stream(Samples.toolCalls)),
    ("an error after text", false, DecoderKit.stream(Samples.errorAfterText)),
    (
      "bare JSON in the stream", false,
      DecoderKit.stream([Samples.text[1]]) + Array("{\"error\":{\n\"message\":\"m\"}\n}\n".utf8)
    ),
    ("no end", false, DecoderKit.stream([Samples.text[1]])),
    ("lines", true, Array(Samples.ollama.map { $0 + "\n" }.joined().utf8)),
    ("lines with CR LF, last end missing", true, Array(Samples.ollama.joined(separator: "\r\n").utf8)),
    ("an error line", true, Array((Samples.ollama[1] + "\n{\"error\":\"model crashed\"}\n").utf8)),
  ]

  private func decoder(_ body: (name: String, isOllama: Bool, bytes: [UInt8])) -> any ProviderDecoder {
    body.isOllama ? OllamaDecoder(origin: DecoderKit.ollama) : DecoderKit.chat()
  }

  @Test(arguments: bodies.indices)
  func `every split gives the same events`(index: Int) {
    let body = Self.bodies[index]
    let whole = Decoded(decoder(body), [body.bytes])
    #expect(whole.events.count > 1)
    for split in 0...body.bytes.count {
      let parts = Decoded(decoder(body), [Array(body.bytes[..<split]), Array(body.bytes[split...])])
      #expect(parts == whole, "\(body.name) split at \(split)")
    }
    #expect(Decoded(decoder(body), body.bytes.map { [$0] }) == whole, "\(body.name) byte by byte")
  }

  @Test func `a JSON document in pieces is one answer`() {
    let document = Array(
      #"  {"id":"c","model":"m","choices":[{"message":{"content":"Hé"},"finish_reason":"stop"}]}"#.utf8)
    let decoder = DecoderKit.chat(type: "application/json")
    let whole = Decoded(decoder, [document])
    #expect(whole.text == "Hé" && whole.finish == .stop)
    for split in 0...document.count {
      #expect(Decoded(decoder, [Array(document[..<split]), Array(document[split...])]) == whole)
    }
  }
}
