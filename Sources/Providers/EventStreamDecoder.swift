import Basics
import Fetch
import Wire

/// Reads an answer that comes as an event stream, or as one JSON document although a stream was asked for. What the JSON means is the
/// dialect's `Assembler`.
struct EventStreamDecoder<Assembler: AnswerAssembler>: ProviderDecoder {
  private enum Framing: Sendable {
    case eventStream(ServerSentEventParser)
    case document([UInt8])
  }

  private let origin: ProviderOrigin
  private var framing: Framing
  private var opening = AnswerOpening()
  /// Whether anything of a stream came; a comment is enough.
  private var hasParts = false
  private var assembler: Assembler
  /// The end came; what follows says nothing.
  private var isOver = false

  private static var documentLimit: Int { 16 << 20 }

  init(_ head: FetchHead, origin: ProviderOrigin, _ assembler: Assembler) {
    self.origin = origin
    self.assembler = assembler
    let isDocument = head["content-type"]?.lowercased().hasPrefix("application/json") == true
    framing = isDocument ? .document([]) : .eventStream(ServerSentEventParser(tolerance: .modelServers))
  }

  var isComplete: Bool { assembler.isComplete }

  mutating func abandon(into events: inout [ProviderEvent]) { assembler.abandon(into: &events) }

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
    case .document(let document): try assembler.receive(document: try origin.json(document), into: &events)
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
      case .strayJSON(let bytes): try assembler.receive(stray: try origin.json(bytes), into: &events)
      case .event(let event): try take(event, into: &events)
      }
      if !isOver, assembler.isOver { try finish(into: &events) }
    }
  }

  private mutating func take(
    _ event: ServerSentEvent, into events: inout [ProviderEvent]
  ) throws(ProviderError) {
    if Self.isTerminator(event.data) {
      try finish(into: &events)
    } else if event.event == "error" {
      try assembler.fail((try? JSON.parse(event.data)) ?? ["message": .string(event.text)])
    } else {
      try assembler.receive(chunk: try origin.json(event.data), into: &events)
    }
  }

  private mutating func finish(into events: inout [ProviderEvent]) throws(ProviderError) {
    isOver = true
    try assembler.end(into: &events)
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

/// A dialect's rules that turn the JSON of an answer into events.
protocol AnswerAssembler: Sendable {
  /// Whether the server said why the answer ends.
  var isComplete: Bool { get }

  /// Whether the server said that nothing more comes, in the dialect's own way; `[DONE]` ends every dialect.
  var isOver: Bool { get }

  /// Takes the data of one event.
  mutating func receive(chunk: JSON, into events: inout [ProviderEvent]) throws(ProviderError)

  /// Takes a whole answer in one document.
  mutating func receive(document: JSON, into events: inout [ProviderEvent]) throws(ProviderError)

  /// Takes JSON outside any event: an error, or a whole answer whose content type does not say so.
  mutating func receive(stray: JSON, into events: inout [ProviderEvent]) throws(ProviderError)

  /// Ends the answer with what was held back.
  ///
  /// - Throws: `provider_truncated` when the server did not say why the answer ends; the terminator alone is no proof.
  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError)

  /// Throws the error that the server put into the answer.
  func fail(_ json: JSON) throws(ProviderError)

  /// Appends what is known of an answer that broke: the ends of open calls, and the tokens so far. Once.
  mutating func abandon(into events: inout [ProviderEvent])
}

extension ProviderOrigin {
  /// Reads a part of an answer.
  ///
  /// - Throws: `provider_malformed`.
  func json(_ bytes: [UInt8]) throws(ProviderError) -> JSON {
    do throws(JSONError) {
      return try JSON.parse(bytes)
    } catch {
      throw failure(
        .malformed, "a part of the answer is not JSON: \(error.reason) at byte \(error.position).")
    }
  }
}
