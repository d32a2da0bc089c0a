import Basics
import Model

/// How conversations are written for taking along: each form is bytes for a beginning, for each message and for an end.
enum ExportForm: String, CaseIterable, Sendable {
  /// One document, a message a line.
  case json
  /// An object a line; each conversation says at its end how many messages it has.
  case jsonl
  /// For reading: what was said, and visible thoughts.
  case markdown

  /// Of the lines that `POST /api/import` reads.
  static let version = 1

  var contentType: String {
    switch self {
    case .json: "application/json; charset=utf-8"
    case .jsonl: "application/x-ndjson; charset=utf-8"
    case .markdown: "text/markdown; charset=utf-8"
    }
  }

  private var fileExtension: String { self == .markdown ? "md" : rawValue }

  /// What every export says first.
  static let head: JSON = ["format": "agenthub", "version": .integer(Int64(version))]

  /// The field that makes browsers store the answer. The name is made of letters, digits and dashes: a title may hold anything.
  func disposition(title: String) -> String {
    var name: [UInt8] = []
    for byte in title.utf8.prefix(200) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        name.append(byte)
      default: if name.last != UInt8(ascii: "-"), !name.isEmpty { name.append(UInt8(ascii: "-")) }
      }
    }
    let text = String(decoding: name.prefix(60), as: UTF8.self)
    let trimmed = text.hasSuffix("-") ? String(text.dropLast()) : text
    return "attachment; filename=\"\(trimmed.isEmpty ? "conversation" : trimmed).\(fileExtension)\""
  }

  /// What stands before the messages.
  func beginning(_ conversation: Conversation, _ branches: [Branch] = []) -> [UInt8] {
    switch self {
    case .json:
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("export", json: Self.head)
      writer.key("conversation")
      Self.write(conversation, branches, into: &writer)
      writer.key("messages")
      return writer.bytes + Array("[".utf8)
    case .jsonl: return Self.line("conversation") { Self.write(conversation, branches, into: &$0) }
    case .markdown:
      let title = (conversation.title ?? "Conversation").split(whereSeparator: \.isNewline).joined(
        separator: " ")
      return Array(
        "# \(title)\n\n*\(conversation.createdAt.iso8601), conversation \(conversation.id)*\n".utf8)
    }
  }

  /// One that has branches tells them with itself: readers that know none pass them over.
  private static func write(
    _ conversation: Conversation, _ branches: [Branch], into writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.members(ofObject: conversation.jsonBytes)
    if !branches.isEmpty { writer.member("branches", branches) }
    writer.endObject()
  }

  /// A message, as it stands behind the one before.
  func piece(_ message: Message, isFirst: Bool) -> [UInt8] {
    switch self {
    case .json: return Array((isFirst ? "\n" : ",\n").utf8) + message.jsonBytes
    case .jsonl: return Self.line("message") { message.write(into: &$0) }
    case .markdown: return Array(Self.markdown(message).utf8)
    }
  }

  /// What stands behind the messages.
  func ending(_ conversation: Conversation, messages: Int) -> [UInt8] {
    switch self {
    case .json: Array("\n]}\n".utf8)
    case .jsonl:
      Self.line("end") { writer in
        writer.beginObject()
        writer.member("conversation", conversation.id.text)
        writer.member("messages", messages)
        writer.endObject()
      }
    case .markdown: []
    }
  }

  /// One line of a file of lines: an object with one member, which says what it is.
  static func line(_ name: StaticString, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(capacity: 512)
    writer.beginObject()
    writer.key(name)
    write(&writer)
    writer.endObject()
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  private static func markdown(_ message: Message) -> String {
    guard message.step == nil, !message.text.isEmpty, message.type != .action else { return "" }
    let head = "\n## \(message.role.rawValue.capitalizedWord) · \(message.createdAt.iso8601)\n\n"
    guard message.type == .thought else { return head + message.text + "\n" }
    let lines = message.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return head + lines.map { "> \($0)\n" }.joined()
  }
}

extension String {
  fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }
}
