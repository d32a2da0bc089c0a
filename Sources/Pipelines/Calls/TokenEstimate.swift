import Model
import Providers

/// The tokens of one call as far as the provider tells them, and roughly where it does not: an answer that is stopped before its end has
/// been paid for, too.
struct TokenEstimate {
  /// Bytes of text that make a token, roughly; English has four, and a Chinese character, three bytes, is about one.
  private static let bytesPerToken = 4

  private let inputBytes: Int
  private var outputBytes = 0
  private var reasoningBytes = 0
  private var told: Usage?
  private var isWhole = false

  /// - Parameter request: what is asked; its pictures are not counted.
  init(of request: CompletionRequest) {
    inputBytes = request.turns.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.textBytes } }
  }

  mutating func received(_ event: ProviderEvent) {
    switch event {
    case .text(let text), .refusal(let text), .toolCallArguments(_, let text): outputBytes += text.utf8.count
    case .reasoning(let text): reasoningBytes += text.utf8.count
    case .usage(let usage): told = usage
    case .finish: isWhole = true
    default: break
    }
  }

  /// What the call took; nil when nobody knows and nothing was seen of it.
  ///
  /// - Parameter isVisible: whether the answer had begun.
  func usage(ofVisibleAnswer isVisible: Bool) -> Usage? {
    let thought = Self.tokens(reasoningBytes)
    let written = thought + Self.tokens(outputBytes)
    guard var usage = told else {
      guard isVisible else { return nil }
      return Usage(
        inputTokens: Self.tokens(inputBytes), outputTokens: written, reasoningTokens: thought,
        isEstimated: true)
    }
    // Some tell one token at the beginning, and the rest at the end; those that count as they go are not far off.
    if !isWhole, 2 * usage.outputTokens < written {
      usage.outputTokens = written
      usage.isEstimated = true
    }
    return usage
  }

  /// What texts take that become vectors, roughly.
  static func usage(of texts: [String]) -> Usage {
    let tokens = texts.reduce(0) { $0 + Self.tokens($1.utf8.count) }
    return Usage(inputTokens: tokens, outputTokens: 0, isEstimated: true)
  }

  private static func tokens(_ bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }
}

extension MessagePart {
  /// UTF-8 bytes of what a model reads as text.
  var textBytes: Int {
    switch content {
    case .text(let text), .refusal(let text): text.utf8.count
    case .toolCall(let call): call.name.utf8.count + call.arguments.utf8.count
    case .toolResult(let result): result.text.utf8.count
    case .reasoning, .image, .foreign: 0
    }
  }
}
