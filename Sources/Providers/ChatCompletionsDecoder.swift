import Basics
import Fetch
import Wire

/// Reads an answer of the Chat Completions API: an event stream, or one JSON document although a stream was asked for.
struct ChatCompletionsDecoder: ProviderDecoder {
  private enum Framing: Sendable {
    case eventStream(ServerSentEventParser)
    case document([UInt8])
  }

  private let origin: ProviderOrigin
  private var framing: Framing
  private var opening = AnswerOpening()
  /// Whether anything of a stream came; a comment is enough.
  private var hasParts = false
  private var assembler: ChatCompletionsAssembler
  /// `[DONE]` came; what follows says nothing.
  private var isOver = false

  private static let documentLimit = 16 << 20

  init(_ head: FetchHead, origin: ProviderOrigin) {
    self.origin = origin
    let isDocument = head["content-type"]?.lowercased().hasPrefix("application/json") == true
    framing = isDocument ? .document([]) : .eventStream(ServerSentEventParser(tolerance: .modelServers))
    assembler = ChatCompletionsAssembler(origin: origin, request: head["x-request-id"])
  }

  var isComplete: Bool { assembler.isComplete }

  mutating func receive(_ bytes: [UInt8], into events: inout [ProviderEvent]) throws(ProviderError) {
    guard !isOver else { return }
    opening.look(at: bytes)
    guard !opening.isPage else { throw origin.noAnswer(opening) }
    // Taken out while it grows, so that its buffer has one owner and is not copied.
    let framing = self.framing
    self.framing = .document([])
    switch consume framing {
    case .document(var document):
      guard document.count + bytes.count <= Self.documentLimit else {
        throw origin.failure(.malformed, "the answer is larger than 16 MiB.")
      }
      document += bytes
      self.framing = .document(document)
    case .eventStream(var parser):
      let parts = try read { () throws(StreamFormatError) in try parser.receive(bytes) }
      self.framing = .eventStream(parser)
      try take(parts, into: &events)
    }
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard !isOver else { return }
    switch framing {
    case .document(let document) where document.allSatisfy({ $0 <= 0x20 }): throw origin.noAnswer(opening)
    case .document(let document): try assembler.receive(document: try parse(document), into: &events)
    case .eventStream(var parser):
      try take(try read { () throws(StreamFormatError) in try parser.end() }, into: &events)
      guard hasParts else { throw origin.noAnswer(opening) }
    }
    if !isOver { try assembler.end(into: &events) }
  }

  private mutating func take(
    _ parts: [ServerSentEventParser.Part], into events: inout [ProviderEvent]
  ) throws(ProviderError) {
    if !parts.isEmpty { hasParts = true }
    for part in parts where !isOver {
      switch part {
      case .keepAlive: events.append(.keepAlive)
      case .strayJSON(let bytes): try take(stray: try parse(bytes), into: &events)
      case .event(let event):
        if Self.isTerminator(event.data) {
          isOver = true
          try assembler.end(into: &events)
        } else if event.event == "error" {
          try assembler.fail((try? JSON.parse(event.data)) ?? ["message": .string(event.text)], into: &events)
        } else {
          try assembler.receive(chunk: try parse(event.data), into: &events)
        }
      }
    }
  }

  /// JSON outside any event is an error, or a whole answer whose content type does not say so.
  private mutating func take(stray json: JSON, into events: inout [ProviderEvent]) throws(ProviderError) {
    if json["choices"]?[0]?["message"] != nil {
      try assembler.receive(document: json, into: &events)
    } else {
      try assembler.fail(json, into: &events)
    }
  }

  private func parse(_ bytes: [UInt8]) throws(ProviderError) -> JSON {
    do throws(JSONError) {
      return try JSON.parse(bytes)
    } catch {
      throw origin.failure(
        .malformed, "a part of the answer is not JSON: \(error.reason) at byte \(error.position).")
    }
  }

  private func read(
    _ body: () throws(StreamFormatError) -> [ServerSentEventParser.Part]
  ) throws(ProviderError) -> [ServerSentEventParser.Part] {
    do throws(StreamFormatError) {
      return try body()
    } catch {
      throw origin.failure(.malformed, error.message)
    }
  }

  private static func isTerminator(_ data: [UInt8]) -> Bool {
    guard data.count < 32 else { return false }
    return data.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed().elementsEqual("[DONE]".utf8)
  }
}
