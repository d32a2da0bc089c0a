import Basics
import Model
import Storage

/// Reads an export back, line by line: a conversation is handed out when its end was seen, or is refused with the reason.
struct ImportMachine {
  /// What a line has led to.
  enum Action: Equatable {
    /// The conversation is whole.
    case store(ImportedConversation, line: Int)
    case refuse(ImportRefusal)
  }

  /// Bytes of the lines of one conversation, which wait in memory for its end.
  static let mostBytes = 64 << 20
  private static let longestIdentifier = 200

  private var open: ImportedConversation?
  private var began = 0
  private var bytes = 0
  private var seen: Set<Identifier<Message>> = []
  /// Whether what comes belongs to a conversation that was refused.
  private var isSkipping = false
  private var line = 0
  /// Whether the last line of the export was seen.
  private(set) var isDone = false

  /// Takes one line.
  mutating func take(_ text: [UInt8]) -> [Action] {
    line += 1
    guard !text.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) else { return [] }
    guard let object = (try? JSON.parse(text))?.object, let member = object.members.first else {
      return [refuse("import_line_invalid", "is not a JSON object")]
    }
    bytes += text.count
    switch member.name {
    case "export": return []
    case "conversation": return begin(member.value)
    case "message": return isSkipping ? [] : add(member.value).map { [$0] } ?? []
    case "end": return isSkipping ? [] : [end(member.value)]
    case "done":
      isDone = true
      return []
    default: return [refuse("import_line_unknown", "is no line of an export: \(member.name.prefix(40))")]
    }
  }

  /// Takes the whole of one conversation that is one document.
  mutating func take(document: JSON) -> [Action] {
    line += 1
    var actions = begin(document["conversation"] ?? .null)
    for message in document["messages"]?.array ?? [] where !isSkipping {
      if let action = add(message) { actions.append(action) }
    }
    if !isSkipping { actions.append(end(["messages": .integer(Int64(open?.messages.count ?? 0))])) }
    isDone = true
    return actions
  }

  /// There are no more lines.
  mutating func finish() -> [Action] {
    open == nil ? [] : [refuse("import_cut", "the export ends inside of the conversation")]
  }

  // MARK: -

  private mutating func begin(_ json: JSON) -> [Action] {
    let unfinished = finish()
    (isSkipping, began, bytes, seen) = (false, line, 0, [])
    guard let id = Self.identifier(json["id"]),
      let created = (json["createdAt"]?.string).flatMap({ Timestamp(text: $0) })
    else {
      return unfinished + [refuse("import_conversation_invalid", "the conversation lacks an id or a moment")]
    }
    let updated = (json["updatedAt"]?.string).flatMap { Timestamp(text: $0) } ?? created
    open = ImportedConversation(
      id: Identifier(id), title: (json["title"]?.string).map { String($0.prefix(500)) }, createdAt: created,
      updatedAt: updated)
    open?.forkedFrom = ForkOrigin(exported: json["forkedFrom"])
    guard let branches = Branch.exported(json["branches"]) else {
      return unfinished + [
        refuse("import_branch_invalid", "the conversation has branches that cannot be read")
      ]
    }
    open?.branches = branches
    return unfinished
  }

  private mutating func add(_ json: JSON) -> Action? {
    // Its id alone: a second reference to the messages would have all of them copied for each that is added.
    guard let conversation = open?.id else {
      return refuse("import_line_unexpected", "is a message before any conversation")
    }
    guard bytes <= Self.mostBytes else {
      return refuse(
        "import_conversation_too_large", "the conversation has more than \(Self.mostBytes >> 20) MB")
    }
    guard let message = Self.message(json, in: conversation) else {
      return refuse("import_message_invalid", "the message lacks an id, a role, a type, a text or a moment")
    }
    guard seen.insert(message.id).inserted else {
      return refuse("import_message_repeated", "the conversation has the message \(message.id) twice")
    }
    open?.messages.append(message)
    return nil
  }

  private mutating func end(_ json: JSON) -> Action {
    guard let conversation = open else {
      return refuse("import_line_unexpected", "is an end before any conversation")
    }
    guard json["messages"]?.integer == Int64(conversation.messages.count) else {
      return refuse("import_cut", "messages of the conversation are missing")
    }
    guard conversation.hasPlacesForBranches else {
      return refuse("import_branch_invalid", "messages and branches of the conversation do not fit together")
    }
    open = nil
    return .store(conversation, line: began)
  }

  private mutating func refuse(_ code: String, _ reason: String) -> Action {
    let refusal = ImportRefusal(line: line, conversation: open?.id, code: code, reason: reason)
    open = nil
    isSkipping = true
    return .refuse(refusal)
  }

  private static func identifier(_ json: JSON?) -> String? {
    guard let text = json?.string, 1...longestIdentifier ~= text.utf8.count,
      !text.utf8.contains(where: { $0 < 33 || $0 == 127 })
    else { return nil }
    return text
  }

  private static func message(_ json: JSON, in conversation: Identifier<Conversation>) -> Message? {
    guard let id = identifier(json["id"]), let text = json["text"]?.string,
      let role = (json["role"]?.string).flatMap({ Message.Role(rawValue: $0) }),
      let type = (json["type"]?.string).flatMap({ Message.Kind(rawValue: $0) }),
      let createdAt = (json["createdAt"]?.string).flatMap({ Timestamp(text: $0) })
    else { return nil }
    let parts = json["parts"].flatMap { $0.isNull ? JSON?.none : $0 }
    return Message(
      id: Identifier(id), conversation: conversation, seq: json["seq"]?.integer ?? 0,
      parent: identifier(json["parent"]).map { Identifier($0) },
      run: identifier(json["run"]).map { Identifier($0) },
      agent: identifier(json["agent"]).map { Identifier($0) },
      role: role, type: type, text: text, parts: parts, step: identifier(json["step"]),
      branch: (json["branch"]?.integer).flatMap { Int(exactly: $0) }, createdAt: createdAt)
  }
}

/// Why a conversation did not come in.
struct ImportRefusal: Equatable {
  /// Counted from 1.
  let line: Int
  /// As the export calls it; nil for a line that belongs to none.
  let conversation: Identifier<Conversation>?
  let code: String
  let reason: String

  var json: JSON {
    [
      "line": .integer(Int64(line)), "conversation": .optional(conversation?.text), "code": .string(code),
      "error": .string("Line \(line): \(reason)."),
    ]
  }
}
