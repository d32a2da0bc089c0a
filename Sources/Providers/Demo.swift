import Model

/// The offline agent: a plainly labelled answer in small pieces, so that the live page works without any key.
struct DemoScript: Sendable {
  let origin: ProviderOrigin
  /// When the next piece is due, in monotonic nanoseconds; nil before the first.
  private(set) var nextAt: UInt64?
  private var pieces: [Substring]
  private var position = 0
  private let pace: Int?
  private let inputCharacters: Int
  private var outputCharacters = 0

  init(_ call: ProviderCall) {
    let question = call.request.turns.last { $0.role == .user }?.text ?? ""
    origin = ProviderOrigin(
      provider: "demo", title: "Demo", model: call.request.model, reachHint: "", keyHint: "")
    pace = call.configuration.paceMilliseconds
    inputCharacters = call.request.turns.reduce(0) { $0 + $1.text.count }
    pieces = Self.cut(Self.answer(question))
  }

  var isOver: Bool { position > pieces.count }

  /// Gives the piece that is due, and sets when the next one is.
  mutating func advance(now: UInt64) -> [ProviderEvent] {
    var events: [ProviderEvent] = []
    if position == 0 { events.append(.started(ProviderStart(provider: "demo", model: origin.model))) }
    if position < pieces.count {
      outputCharacters += pieces[position].count
      events.append(.text(String(pieces[position])))
    } else {
      events.append(
        .usage(
          Usage(inputTokens: inputCharacters / 4, outputTokens: outputCharacters / 4, isEstimated: true)))
      events.append(.finish(.stop, raw: nil))
    }
    nextAt = now + milliseconds(after: position) * 1_000_000
    position += 1
    return events
  }

  /// 20 to 40 ms, uneven like a model's, and the same at every run.
  private func milliseconds(after position: Int) -> UInt64 {
    UInt64(pace ?? 20 + position * 13 % 21)
  }

  private static func answer(_ question: String) -> String {
    let words = question.split { $0.isWhitespace }.joined(separator: " ")
    let heard = words.count > 80 ? "\(words.prefix(80))…" : words
    return """
      This is AgentHub's offline demo agent. No model is connected: the text you read is built in, and it streams so that \
      you can see every piece arrive live.

      You asked: “\(heard)”

      To get real answers, connect a model and choose an agent that uses it:
      - Ollama on this machine: run `ollama serve` (OLLAMA_BASE_URL, by default http://localhost:11434).
      - OpenAI or any compatible server: set OPENAI_API_KEY, and OPENAI_BASE_URL for another server.
      - Anthropic, Gemini or Bytez: set ANTHROPIC_API_KEY, GEMINI_API_KEY or BYTEZ_API_KEY.
      An agent's config (apiKey, baseUrl) goes before the environment.
      """
  }

  /// Words with the blanks before them, as tokens come.
  private static func cut(_ text: String) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    var wasBlank = true
    for index in text.indices {
      let isBlank = text[index].isWhitespace
      if isBlank, !wasBlank {
        pieces.append(text[start..<index])
        start = index
      }
      wasBlank = isBlank
    }
    return pieces + [text[start...]]
  }
}
