import Basics
import Model
import Storage
import WebServer
import Wire

/// Takes an export that comes in, a piece at a time, and stores each conversation once it is whole.
struct ImportReader {
  /// Bytes of one line, or of a document.
  private static let mostBytes = ImportMachine.mostBytes

  private let store: Store
  private var machine = ImportMachine()
  private var report = ImportReport()
  private var lines = LineCutter()
  /// What is no file of lines, as far as it has come; nil until the first line tells, and for a file of lines.
  private var document: [UInt8]?
  private var hasBegun = false

  init(store: Store) { self.store = store }

  /// Reads a body to its end.
  ///
  /// - Throws: `body_cut`, `invalid_import`, `import_too_large`. Conversations that were whole before are stored then.
  mutating func read(_ body: BodyStream) async throws -> JSON {
    while let bytes = try await body.next() {
      for line in lines.take(bytes) { try await take(line) }
      guard lines.rest.count <= Self.mostBytes, document?.count ?? 0 <= Self.mostBytes else {
        throw Self.tooLarge
      }
    }
    try await take(lines.finish())
    if let document {
      for action in machine.take(document: try Self.json(document)) { try await perform(action) }
    }
    for action in machine.finish() { try await perform(action) }
    return report.json(isComplete: machine.isDone)
  }

  /// The first line decides: one that is no object of its own begins a document.
  private mutating func take(_ line: [UInt8]) async throws {
    if !hasBegun {
      hasBegun = true
      if !Self.isFirstLine(line) { document = [] }
    }
    guard document == nil else {
      document?.append(contentsOf: line)
      document?.append(UInt8(ascii: "\n"))
      return
    }
    for action in machine.take(line) { try await perform(action) }
  }

  private static func isFirstLine(_ line: [UInt8]) -> Bool {
    guard let object = (try? JSON.parse(line))?.object else { return false }
    return object["messages"] == nil
  }

  private static func json(_ document: [UInt8]) throws(APIError) -> JSON {
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(document)
    } catch {
      throw Self.invalid("\(error.reason) at byte \(error.position)")
    }
    guard json["conversation"] != nil, json["messages"]?.array != nil else {
      throw Self.invalid("it holds no conversation")
    }
    return json
  }

  private mutating func perform(_ action: ImportMachine.Action) async throws {
    switch action {
    case .refuse(let refusal): report.add(refusal)
    case .store(let conversation, let line):
      do {
        report.add(try await store.write { try $0.take(conversation) })
      } catch let error as StoreError where error != .closed {
        report.add(
          ImportRefusal(line: line, conversation: conversation.id, code: error.code, reason: error.message))
      }
    }
  }

  private static func invalid(_ reason: String) -> APIError {
    APIError(
      "invalid_import", "This is no export of a hub: \(reason).",
      hint: "Send what GET /api/export or …/export?format=json or jsonl gave, as the body.")
  }

  private static let tooLarge = APIError(
    "import_too_large", "A line or document of the import has more than \(mostBytes >> 20) MB.",
    hint: "Export as jsonl, a message a line.")
}
