import Basics
import Fetch
import Wire

/// Reads the answer of Bytez's own API: the generated text as it is, without frames, and the end of the body as the only sign that it is
/// complete. Errors, and answers that were not streamed, are a document `{"error","output"}`.
struct BytezTextDecoder: ProviderDecoder {
  private enum Body {
    /// Nothing tells yet what it is.
    case undecided([UInt8])
    case text(UTF8Pieces)
    case document([UInt8])
  }

  private let origin: ProviderOrigin
  private let request: String?
  private var body: Body
  private var hasStarted = false
  /// Whether a proxy's page may be what comes; a model may write HTML, too.
  private let mayBePage: Bool

  private static let documentLimit = 4 << 20
  /// What a document begins with, but for blanks. A model may answer JSON, too, so a bracket alone proves nothing.
  private static let documentStart = Array(#"{"error":"#.utf8)

  init(_ head: FetchHead, origin: ProviderOrigin) {
    self.origin = origin
    request = head.requestID
    let type = head["content-type"]?.lowercased() ?? ""
    let isDocument = type.hasPrefix("application/json")
    mayBePage = type.hasPrefix("text/html")
    body = isDocument ? .document([]) : .undecided([])
  }

  /// The end of the body decides, and curl tells a proper one from a broken one.
  var isComplete: Bool { false }

  mutating func receive(_ bytes: [UInt8], into events: inout [ProviderEvent]) throws(ProviderError) {
    switch body {
    case .undecided(let before):
      var opening = AnswerOpening()
      opening.look(at: before + bytes)
      guard !mayBePage || !opening.isPage else { throw origin.noAnswer(opening) }
      decide(before + bytes, into: &events)
    case .document(let before):
      guard before.count + bytes.count <= Self.documentLimit else {
        throw origin.failure(.malformed, "the answer is larger than 4 MiB.")
      }
      body = .document(before + bytes)
    case .text(var pieces):
      give(pieces.receive(bytes), into: &events)
      body = .text(pieces)
    }
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    switch body {
    case .undecided(let bytes) where bytes.isEmpty: throw origin.noAnswer(AnswerOpening())
    case .undecided(let bytes): give(String(decoding: bytes, as: UTF8.self), into: &events)
    case .document(let bytes): try read(document: bytes, into: &events)
    case .text(let pieces): give(pieces.rest, into: &events)
    }
    events.append(.finish(.stop, raw: nil))
  }

  private mutating func decide(_ bytes: [UInt8], into events: inout [ProviderEvent]) {
    let start = bytes.filter { $0 > 0x20 }.prefix(Self.documentStart.count)
    if start.count < Self.documentStart.count, Self.documentStart.starts(with: start) {
      body = .undecided(bytes)
    } else if start.elementsEqual(Self.documentStart) {
      body = .document(bytes)
    } else {
      var pieces = UTF8Pieces()
      give(pieces.receive(bytes), into: &events)
      body = .text(pieces)
    }
  }

  private mutating func give(_ text: String, into events: inout [ProviderEvent]) {
    start(into: &events)
    if !text.isEmpty { events.append(.text(text)) }
  }

  private mutating func start(into events: inout [ProviderEvent]) {
    guard !hasStarted else { return }
    hasStarted = true
    events.append(
      .started(ProviderStart(provider: origin.provider, model: origin.model, request: request)))
  }

  /// The text is a string, or in a message as a string or as parts.
  private mutating func read(document bytes: [UInt8], into events: inout [ProviderEvent])
    throws(ProviderError)
  {
    let json = try origin.json(bytes)
    if let error = json["error"], !error.isNull { throw ErrorClassifier(origin).inStream(json) }
    let output = json["output"]
    let content = output?["content"] ?? output
    let texts = content?.string.map { [$0] } ?? content?.array?.compactMap { $0["text"]?.string }
    guard let texts else { throw origin.failure(.malformed, "the answer has no text in it.") }
    give(texts.joined(), into: &events)
    // Closed models bring the vendor's own answer along.
    guard let vendor = json["provider"], !vendor.isNull else { return }
    if let usage = vendor["usage"], usage.object != nil {
      events.append(.usage(ChatCompletionsAssembler.usage(usage)))
    } else {
      events.append(.raw(name: "provider", json: vendor))
    }
  }
}

/// Text whose bytes come in any pieces: gives whole characters, keeps the beginning of one that is cut.
struct UTF8Pieces: Sendable {
  private var cut: [UInt8] = []

  /// Takes the next bytes and gives the text that they complete.
  mutating func receive(_ bytes: [UInt8]) -> String {
    let all = cut + bytes
    let count = all.count - Self.unfinished(at: all)
    cut = Array(all[count...])
    return String(decoding: all[..<count], as: UTF8.self)
  }

  /// What never became whole.
  var rest: String { String(decoding: cut, as: UTF8.self) }

  /// How many bytes at the end begin a character without ending it (RFC 3629 §3).
  private static func unfinished(at bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      guard byte & 0xC0 != 0x80 else { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back ? back : 0
    }
    return 0
  }
}
