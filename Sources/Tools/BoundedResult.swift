import Basics
import Model

/// A tool's result, cut to what a model may get, with a mark where something is missing and how much there was.
struct BoundedResult: Equatable {
  private(set) var parts: [MessagePart] = []
  /// UTF-8 bytes of all texts and pictures before the cut.
  let wholeBytes: Int

  init(_ answer: ToolAnswer, limit: Int) {
    let given = answer.parts.reduce(0) { $0 + $1.resultBytes }
    wholeBytes = max(given, answer.wholeBytes ?? 0)
    var shown = 0
    for part in answer.parts {
      let room = limit - shown
      if part.resultBytes <= room {
        parts.append(part)
        shown += part.resultBytes
        continue
      }
      let kept = part.isText ? [part].text.prefix(utf8Count: room) : ""
      if !kept.isEmpty { parts.append(.text(kept)) }
      shown += kept.utf8.count
      break
    }
    guard shown < wholeBytes else { return }
    let mark = "[Cut here: \(shown) of \(wholeBytes) bytes are shown.]"
    parts.append(.text(parts.last?.isText == true ? "\n\(mark)" : mark))
  }
}

extension MessagePart {
  fileprivate var resultBytes: Int {
    switch content {
    case .text(let text), .refusal(let text), .reasoning(let text): text.utf8.count
    case .image(let source): source.size
    case .toolCall, .toolResult, .foreign: 0
    }
  }

  fileprivate var isText: Bool { if case .text = content { true } else { false } }
}
