import Basics
import Fetch
import Model

@testable import Providers

/// What came of decoding an answer.
struct Decoded: Equatable {
  var events: [ProviderEvent] = []
  var error: ProviderError?

  /// Decodes pieces of a body as `ProviderStream` does. Texts that follow each other are joined, since pieces must not matter.
  init(_ decoder: any ProviderDecoder, _ pieces: [[UInt8]]) {
    var decoder = decoder
    do throws(ProviderError) {
      for piece in pieces { try decoder.receive(piece, into: &events) }
      try decoder.end(into: &events)
    } catch {
      decoder.abandon(into: &events)
      self.error = error
    }
  }

  var text: String { events.reduce(into: "") { if case .text(let piece) = $1 { $0 += piece } } }
  var reasoning: String { events.reduce(into: "") { if case .reasoning(let piece) = $1 { $0 += piece } } }
  var finish: FinishReason? {
    for case .finish(let reason, _) in events { return reason }
    return nil
  }
}

enum DecoderKit {
  static let origin = ProviderOrigin(
    provider: "openai", title: "OpenAI", model: "asked", reachHint: "reach", keyHint: "key")
  static let ollama = ProviderOrigin(
    provider: "ollama", title: "Ollama", model: "asked", reachHint: "reach", keyHint: "key")

  static func head(_ type: String = "text/event-stream") -> FetchHead {
    FetchHead(status: 200, fields: [("content-type", type)])
  }

  static func chat(type: String = "text/event-stream") -> any ProviderDecoder {
    OpenAICompatible().makeDecoder(head(type), origin: origin)
  }

  /// Events written as `data` lines, each with its empty line.
  static func stream(_ data: [String], lineEnd: String = "\n") -> [UInt8] {
    Array(data.map { "data: \($0)\(lineEnd)\(lineEnd)" }.joined().utf8)
  }

  static func chat(_ data: [String]) -> Decoded { Decoded(chat(), [stream(data)]) }

  static func chat(document: String) -> Decoded {
    Decoded(chat(type: "application/json; charset=utf-8"), [Array(document.utf8)])
  }

  static func lines(_ lines: [String]) -> Decoded {
    Decoded(OllamaDecoder(origin: ollama), [Array(lines.map { $0 + "\n" }.joined().utf8)])
  }
}

extension Decoded {
  /// The answer as it is stored.
  func parts(by origin: ProviderOrigin) -> [MessagePart] {
    var answer = AnswerParts(provider: origin.provider, model: origin.model)
    for event in events { answer.receive(event) }
    return answer.parts
  }
}
