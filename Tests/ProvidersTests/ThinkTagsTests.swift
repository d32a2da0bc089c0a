import Basics
import Model
import TestKit
import Testing

@testable import Providers

struct ThinkTagsTests {
  private static func read(_ pieces: [String]) -> (reasoning: String, text: String) {
    var tags = ThinkTags()
    let events = pieces.flatMap { tags.receive($0) } + tags.end()
    #expect(!events.contains(.text("")) && !events.contains(.reasoning("")))
    return events.reduce(into: ("", "")) { result, event in
      if case .text(let piece) = event { result.1 += piece }
      if case .reasoning(let piece) = event { result.0 += piece }
    }
  }

  static let rows: [(text: String, reasoning: String, answer: String)] = [
    ("<think>hm</think>\n\nHé 🦙", "hm", "Hé 🦙"), (" \n<think>\nhm 🦙</think>yes", "\nhm 🦙", "yes"),
    ("<think></think>yes", "", "yes"), ("yes <think>no</think>", "", "yes <think>no</think>"),
    ("<thinking>", "", "<thinking>"), ("<think>never ends </thin", "never ends </thin", ""),
    ("<thi", "", "<thi"), ("<think>a<b</think", "a<b</think", ""), ("", "", ""),
    ("<think>a</thinkb</think>c", "a</thinkb", "c"), (" leading", "", " leading"),
  ]

  @Test(arguments: rows.indices)
  func `reasoning is told from the answer, whatever the pieces`(index: Int) {
    let row = Self.rows[index]
    let letters = row.text.map(String.init)
    for split in 0...letters.count {
      let got = Self.read([letters[..<split].joined(), letters[split...].joined()])
      #expect(got == (row.reasoning, row.answer), "split at \(split)")
    }
    #expect(Self.read(letters) == (row.reasoning, row.answer))
  }

  @Test func `an agent asks for it`() throws {
    var origin = DecoderKit.origin
    origin.readsThinkTags = true
    let stream = DecoderKit.stream([
      #"{"choices":[{"delta":{"content":"<think>h"}}]}"#,
      #"{"choices":[{"delta":{"content":"m</think> y"}}]}"#,
      #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
    ])
    let answer = Decoded(OpenAICompatible().makeDecoder(DecoderKit.head(), origin: origin), [stream])
    #expect(answer.reasoning == "hm" && answer.text == "y")
    #expect(Decoded(DecoderKit.chat(), [stream]).text == "<think>hm</think> y")
  }

  @Test func `pictures and notes of other servers are kept`() {
    let answer = DecoderKit.chat([
      #"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#,
      #"{"choices":[{"delta":{"content":"a","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}],"annotations":[{"type":"url_citation"}]}}]}"#,
      #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
    ])
    #expect(answer.events.contains(.raw(name: "prompt_filter_results", json: [["prompt_index": 0]])))
    #expect(answer.events.contains(.raw(name: "annotations", json: [["type": "url_citation"]])))
    #expect(answer.events.contains(.image(.data(mediaType: "image/png", base64: "QUJD"))))
  }
}
