import Basics
import Model

/// One message of a client, taken apart but not yet looked up.
struct Command {
  /// The client's number for it, echoed in the reply; a number or a string.
  let id: JSON?
  /// Its name; nil for a bare `{"pong":{}}`.
  let name: String?
  /// All members but `id` and `command`.
  private let members: JSONObject

  /// Parses a client's message.
  init(parsing text: [UInt8]) throws(CommandError) {
    let json: JSON
    do {
      json = try JSON.parse(text)
    } catch {
      throw CommandError(
        code: "invalid_json", message: error.message, hint: "Send one JSON object a message.", id: nil)
    }
    guard var object = json.object else {
      throw CommandError(
        code: "invalid_command", message: "A command is a JSON object, not \(json.kind).",
        hint: "Example: {\"id\":1,\"command\":\"hello\"}", id: nil)
    }
    id = object["id"]
    switch id {
    case nil, .integer, .string: break
    default:
      throw CommandError(
        code: "invalid_command", message: "id must be a number or a string.", hint: nil, id: nil)
    }
    let name = object["command"]
    if name == nil, object["pong"] != nil {
      self.name = nil
    } else {
      guard let text = name?.string else {
        throw CommandError(
          code: "invalid_command", message: "command is missing or not a string.",
          hint: "Commands: \(CommandTable.names).", id: id)
      }
      self.name = text
    }
    object["id"] = nil
    object["command"] = nil
    members = object
  }

  /// Refuses members that the command does not know, so that a slip of the pen is not silently ignored.
  func allow(_ names: [String]) throws(CommandError) {
    if let unknown = members.names.first(where: { !names.contains($0) }) {
      throw error(
        "unknown_field", "\(name ?? "pong") has no field \(unknown).",
        "It knows: \(names.joined(separator: ", ")).")
    }
  }

  /// A text member under any of its names; nil when missing.
  func text(_ names: String...) throws(CommandError) -> String? {
    for name in names {
      guard let value = members[name] else { continue }
      guard let text = value.string, !text.isEmpty else {
        throw error("invalid_field", "\(name) must be a non-empty string, not \(value.kind).")
      }
      return text
    }
    return nil
  }

  /// A short text of at most 64 characters without control characters, which others are shown; nil when missing.
  func label(_ name: String) throws(CommandError) -> String? {
    guard let text = try text(name) else { return nil }
    guard text.unicodeScalars.count <= 64,
      text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else {
      throw error(
        "invalid_field", "\(name) must have at most 64 characters, none of them a control character.")
    }
    return text
  }

  /// A truth value; nil when missing.
  func flag(_ name: String) throws(CommandError) -> Bool? {
    guard let value = members[name] else { return nil }
    guard let flag = value.bool else {
      throw error("invalid_field", "\(name) must be true or false, not \(value.kind).")
    }
    return flag
  }

  /// An array of texts; nil when missing.
  func texts(_ name: String) throws(CommandError) -> [String]? {
    guard let value = members[name] else { return nil }
    guard let array = value.array, array.allSatisfy({ $0.string != nil }) else {
      throw error("invalid_field", "\(name) must be an array of strings.")
    }
    return array.compactMap(\.string)
  }

  /// One of a few words; nil when missing.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(CommandError) -> Choice? {
    guard let text = try text(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw error("invalid_field", "\(name) must be one of \(words), not \(text).")
    }
    return choice
  }

  /// A position; nil when missing.
  func position(_ name: String) throws(CommandError) -> Int64? {
    guard let value = members[name] else { return nil }
    guard let number = value.integer, number >= 0 else {
      throw error("invalid_field", "\(name) must be a whole number from 0, not \(value.text).")
    }
    return number
  }

  /// Names of event types; nil when missing.
  func types(_ name: String) throws(CommandError) -> Set<EventType>? {
    guard let value = members[name] else { return nil }
    guard let array = value.array else {
      throw error("invalid_field", "\(name) must be an array of event types, not \(value.kind).")
    }
    var types: Set<EventType> = []
    for element in array {
      guard let type = element.string.flatMap({ EventType(rawValue: $0) }) else {
        throw error(
          "invalid_field", "\(name) holds \(element.text), which is no event type.",
          "Event types: \(EventType.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      types.insert(type)
    }
    return types
  }

  /// The members of some names, as they came.
  func members(_ names: [String]) -> JSONObject {
    JSONObject(members.members.filter { names.contains($0.name) })
  }

  /// A nested object; nil when missing.
  func object(_ name: String) throws(CommandError) -> JSONObject? {
    guard let value = members[name] else { return nil }
    guard let object = value.object else {
      throw error("invalid_field", "\(name) must be an object, not \(value.kind).")
    }
    return object
  }

  /// An error that answers this command.
  func error(_ code: String, _ message: String, _ hint: String? = nil) -> CommandError {
    CommandError(code: code, message: message, hint: hint, id: id)
  }
}

/// Why a command was refused.
struct CommandError: CodedError {
  let code: String
  let message: String
  let hint: String?
  /// The command's id, as far as it could be read.
  let id: JSON?
  /// When the same command may succeed; nil when waiting does not help.
  var retryAfterMilliseconds: Int?

  static func unknownCommand(_ name: String, id: JSON?) -> Self {
    Self(
      code: "unknown_command", message: "There is no command \(name).",
      hint: "Commands: \(CommandTable.names).", id: id)
  }

  /// A command that came faster than commands may; nothing of it was done.
  static func rateLimited(retryAfterMilliseconds: Int, id: JSON?) -> Self {
    Self(
      code: "rate_limited",
      message: "Messages come faster than this hub takes them; this one was not looked at.",
      hint: "Wait for retryAfterMs, then send it again. A client that goes on is closed with 4006.", id: id,
      retryAfterMilliseconds: retryAfterMilliseconds)
  }

  static func tooManyInFlight(_ limit: Int, id: JSON?) -> Self {
    Self(
      code: "too_many_in_flight", message: "\(limit) commands of this connection are not answered yet.",
      hint: "Wait for a reply before you send the next one.", id: id, retryAfterMilliseconds: 100)
  }

  static let superseded = Self(
    code: "superseded",
    message: "The subscription was ended, or begun without a position, before it was read.", hint: nil,
    id: nil)

  static let binary = Self(
    code: "binary_not_supported", message: "agenthub.v1 speaks text messages only.", hint: nil, id: nil)
}
