import Basics
package import Model

/// How an answer ends, to be stored in one transaction: the run's, and then the run does, or one with calls of tools, and then it goes on.
package struct RunEnd: Equatable, Sendable {
  /// What the run is from then on.
  package let status: Run.Status
  /// Deltas that were still gathered.
  package let deltas: [MessageDelta]
  /// What was answered, as far as it came.
  package let parts: [MessagePart]
  package let finish: String
  package let usage: Usage?
  package let error: RunFailure?

  package init(
    status: Run.Status, deltas: [MessageDelta], parts: [MessagePart], finish: String, usage: Usage?,
    error: RunFailure?
  ) {
    self.status = status
    self.deltas = deltas
    self.parts = parts
    self.finish = finish
    self.usage = usage
    self.error = error
    text = parts.text
    thought = parts.thought
  }

  /// What the deltas of `final` add up to.
  package let text: String
  /// What the deltas of `thought` add up to.
  package let thought: String

  /// The parts as the message keeps them: nil when they say no more than the text, and the thought beside it, do.
  package var keptParts: [MessagePart]? { parts.allSatisfy(\.isPlain) ? nil : parts }

  /// What the end of the message shows beside its text; sealed reasoning is nobody's business but the provider's.
  package var shownParts: [MessagePart]? {
    let shown = parts.compactMap { part -> MessagePart? in
      switch part.content {
      case .toolCall, .image: MessagePart(part.content)
      case .text, .refusal, .reasoning, .toolResult, .foreign: nil
      }
    }
    return shown.isEmpty ? nil : shown
  }
}

extension RunEnd {
  /// The end of a run that was stopped while it waited.
  static let stoppedBeforeStart = RunEnd(
    status: .stopped, deltas: [], parts: [], finish: "stopped", usage: nil, error: nil)
}

extension [MessagePart] {
  fileprivate var thought: String {
    reduce(into: "") { if case .reasoning(let piece) = $1.content { $0 += piece } }
  }
}

extension MessagePart {
  /// Whether text or reasoning is all there is to it. A refusal is more: the text alone does not tell that it is one.
  fileprivate var isPlain: Bool {
    switch content {
    case .text, .reasoning: replay?.data.isEmpty != false
    case .refusal, .image, .toolCall, .toolResult, .foreign: false
    }
  }
}
