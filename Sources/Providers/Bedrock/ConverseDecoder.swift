import Basics
import Fetch
import Wire

/// Reads an answer of Converse: Amazon's event stream, or one JSON document.
struct ConverseDecoder: ProviderDecoder {
  private enum Framing: Sendable {
    case eventStream(AmazonEventStreamParser)
    case document([UInt8])
  }

  private static let documentLimit = 32 << 20

  private let origin: ProviderOrigin
  private var framing: Framing
  private var opening = AnswerOpening()
  private var assembler: ConverseAssembler
  /// Everything came; what follows says nothing.
  private var isOver = false

  init(_ head: FetchHead, origin: ProviderOrigin) {
    self.origin = origin
    let isDocument = head["content-type"]?.lowercased().hasPrefix("application/json") == true
    framing = isDocument ? .document([]) : .eventStream(AmazonEventStreamParser())
    assembler = ConverseAssembler(origin: origin, request: head.requestID)
  }

  var isComplete: Bool { assembler.isComplete }

  mutating func abandon(into events: inout [ProviderEvent]) { assembler.abandon(into: &events) }

  mutating func receive(_ bytes: [UInt8], into events: inout [ProviderEvent]) throws(ProviderError) {
    guard !isOver else { return }
    opening.look(at: bytes)
    // Taken out while it grows, so that its buffer has one owner and is not copied.
    let framing = self.framing
    self.framing = .document([])
    switch consume framing {
    case .document(var document):
      guard document.count + bytes.count <= Self.documentLimit else {
        throw origin.failure(.malformed, "the answer is larger than 32 MiB.")
      }
      document += bytes
      self.framing = .document(document)
    case .eventStream(var parser):
      var messages: [AmazonEventMessage] = []
      let fault = read(bytes, with: &parser, into: &messages)
      self.framing = .eventStream(parser)
      for message in messages where !isOver { try take(message, into: &events) }
      if let fault, !isOver { throw fault }
    }
  }

  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError) {
    guard !isOver else { return }
    isOver = true
    switch framing {
    case .document(let document) where document.allSatisfy({ $0 <= 0x20 }): throw origin.noAnswer(opening)
    case .document(let document): try assembler.receive(document: try origin.json(document), into: &events)
    case .eventStream: break
    }
    guard !opening.isEmpty else { throw origin.noAnswer(opening) }
    try assembler.end(into: &events)
  }

  /// What came before a fault counts, so the fault is given back.
  private func read(
    _ bytes: [UInt8], with parser: inout AmazonEventStreamParser, into messages: inout [AmazonEventMessage]
  ) -> ProviderError? {
    do throws(StreamFormatError) {
      try parser.receive(bytes, into: &messages)
      return nil
    } catch {
      // The first byte of a stream is a length's, never that of a page.
      return opening.isPage && !assembler.hasStarted
        ? origin.noAnswer(opening) : origin.failure(.malformed, error.message)
    }
  }

  private mutating func take(
    _ message: AmazonEventMessage, into events: inout [ProviderEvent]
  ) throws(ProviderError) {
    switch message[":message-type"] {
    case "event":
      // What the rules do not know may hold something else than JSON.
      guard let type = message[":event-type"], ConverseAssembler.events.contains(type) else { return }
      try assembler.receive(type, try origin.json(message.payload), into: &events)
      guard assembler.isOver else { return }
      isOver = true
      try assembler.end(into: &events)
    case "exception":
      let body =
        (try? JSON.parse(message.payload)) ?? .string(String(decoding: message.payload, as: UTF8.self))
      try assembler.fail(message[":exception-type"] ?? "exception", body)
    case "error":
      let text = JSON.string(message[":error-message"] ?? "")
      try assembler.fail(message[":error-code"] ?? "error", ["message": text])
    default: break
    }
  }
}
