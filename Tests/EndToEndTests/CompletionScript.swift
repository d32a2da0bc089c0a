import Basics
import TestKit

/// Answers of an OpenAI-compatible server, as actions.
enum CompletionScript {
  static let head = ScriptedUpstream.Action.chunkedHead()

  static func piece(_ text: String) -> ScriptedUpstream.Action { .chunk(event(text)) }

  static let finish: [ScriptedUpstream.Action] = [
    .chunk(
      """
      data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],\
      "usage":{"prompt_tokens":12,"completion_tokens":5}}\n\ndata: [DONE]\n\n
      """),
    .lastChunk,
  ]

  static func whole(_ pieces: String...) -> [ScriptedUpstream.Action] { [head] + pieces.map(piece) + finish }

  private static func event(_ text: String) -> String {
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\(JSON.string(text).text)}}]}\n\n"
  }

  /// A long answer in many scripts, at a pace of its own, whose chunks are cut anywhere, even inside characters.
  static func babble(seed: UInt64, pieces: Int, slowest milliseconds: Int) -> [ScriptedUpstream.Action] {
    var random = SeededGenerator(seed: seed)
    var actions = [head]
    for piece in words(seed: seed, count: pieces) {
      let bytes = Array(event(piece).utf8)
      let cut = Int.random(in: 1..<bytes.count, using: &random)
      if Bool.random(using: &random) {
        actions += [.chunk(Array(bytes[..<cut])), .chunk(Array(bytes[cut...]))]
      } else {
        actions.append(.chunk(bytes))
      }
      actions.append(.wait(milliseconds: Int.random(in: 0...milliseconds, using: &random)))
    }
    return actions + finish
  }

  /// The pieces of `babble`.
  static func words(seed: UInt64, count: Int) -> [String] {
    var random = SeededGenerator(seed: seed ^ 0xABCD)
    return (0..<count).map { index in
      let word = vocabulary[Int.random(in: 0..<vocabulary.count, using: &random)]
      return index.isMultiple(of: 7) ? "\(word) \(seed)/\(index) " : word
    }
  }

  /// Characters of one to four bytes, some of several scalars, some that join with their neighbours.
  private static let vocabulary = [
    "plain ", "naïve ", "ß", "Ω≈ç√", "漢字かな", "שלום ", "مرحبا ", "👩‍👩‍👧‍👦", "🇩🇪", "🇫", "e", "\u{301}", "👍", "🏽",
    "\u{200D}", "\"quoted\\\" ", "</script> ", "\n", "\t", "line\r\n", "𝕳𝖊𝖑𝖑𝖔 ", "\u{1}", "\u{2028}", "ก็",
    "각",
  ]

  /// The last thing the user said, which tells the script what to do.
  static func question(of request: ScriptedUpstream.Request) -> String {
    let body = try? JSON.parse(request.body)
    return body?["messages"]?.array?.last?["content"]?.string ?? ""
  }
}
