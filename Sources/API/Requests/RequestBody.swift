import Basics
import Model

/// A request's body as one JSON object, read member by member; what is wrong is named.
struct RequestBody {
  private let object: JSONObject
  private let known: [String]
  /// Stands before the names in messages; empty for the body itself.
  private let path: String

  /// Parses a body.
  ///
  /// - Parameter known: the names it may have; anything else is a slip of the pen.
  /// - Throws: `invalid_json`, `invalid_body`.
  init(_ bytes: [UInt8], known: [String]) throws(APIError) {
    guard !bytes.isEmpty else { throw .emptyBody }
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(bytes)
    } catch {
      throw .invalidJSON(error)
    }
    guard let object = json.object else { throw .notAnObject(json) }
    self.init(object, known: known)
  }

  /// Parses the body of an operation, whose description has the names that it may have.
  ///
  /// - Throws: `invalid_json`, `invalid_body`.
  init(_ bytes: [UInt8], for operation: Operation) throws(APIError) {
    try self.init(bytes, known: operation.bodyNames)
  }

  /// Reads an object inside a body.
  ///
  /// - Parameter path: where it stands, `inputs[3].` for example.
  init(_ object: JSONObject, known: [String], path: String = "") {
    self.object = object
    self.known = known
    self.path = path
  }

  /// All of it.
  var members: JSONObject { object }

  /// Refuses names that are not known.
  func refuseUnknown() throws(APIError) {
    for name in object.names where !known.contains(name) { throw .unknownField(path + name, known: known) }
  }

  /// Refuses a body in which a required text is missing, null or empty. All required names stand in the message.
  func require(_ names: String...) throws(APIError) {
    let missing = names.filter { isMissing($0) }
    guard !missing.isEmpty else { return }
    let unknown = object.names.filter { !known.contains($0) }
    let hints = unknown.map { "There is no field \($0). \(APIError.suggestion(for: $0, known: known))" }
    throw APIError(
      "missing_field", "Missing required fields: \(names.joined(separator: ", "))",
      hint: hints.first ?? "Missing here: \(missing.joined(separator: ", ")).")
  }

  private func isMissing(_ name: String) -> Bool {
    guard let value = object[name] else { return true }
    return value.isNull || value.string?.isEmpty == true
  }

  /// Whether a member is there, be it null.
  func has(_ name: String) -> Bool { object[name] != nil }

  /// A text; nil when it is missing or null.
  ///
  /// - Parameter limit: characters it may have. Names and titles travel in events to everybody who watches, so they are short.
  func text(_ name: String, atMost limit: Int = .max) throws(APIError) -> String? {
    guard let value = member(name) else { return nil }
    guard let text = value.string else { throw .wrongType(path + name, mustBe: "a string", not: value) }
    guard text.utf8.count <= limit || text.count <= limit else {
      throw .invalidValue(path + name, mustBe: "at most \(limit) characters long")
    }
    return text
  }

  /// The elements of an array; none when it is missing or null.
  func elements(_ name: String) throws(APIError) -> [JSON] {
    guard let value = member(name) else { return [] }
    guard let array = value.array else { throw .wrongType(path + name, mustBe: "an array", not: value) }
    return array
  }

  /// One text or several.
  func texts(_ name: String) throws(APIError) -> [String] {
    guard let value = member(name) else { return [] }
    if let text = value.string { return [text] }
    let texts = value.array?.compactMap(\.string) ?? []
    guard let array = value.array, array.count == texts.count else {
      throw .wrongType(path + name, mustBe: "a string or an array of strings", not: value)
    }
    return texts
  }

  /// A truth value; false when it is missing or null.
  func flag(_ name: String) throws(APIError) -> Bool {
    guard let value = member(name) else { return false }
    guard let flag = value.bool else { throw .wrongType(path + name, mustBe: "true or false", not: value) }
    return flag
  }

  /// Any value; nil when it is missing or null.
  func value(_ name: String) -> JSON? { member(name) }

  /// A whole number; nil when it is missing or null.
  func integer(_ name: String) throws(APIError) -> Int? {
    guard let value = member(name) else { return nil }
    guard let number = value.integer else {
      throw .wrongType(path + name, mustBe: "a whole number", not: value)
    }
    return Int(number)
  }

  /// A number; nil when it is missing or null.
  func number(_ name: String) throws(APIError) -> Double? {
    guard let value = member(name) else { return nil }
    guard let number = value.number else { throw .wrongType(path + name, mustBe: "a number", not: value) }
    return number
  }

  /// One of a few words; nil when it is missing or null.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(APIError) -> Choice? {
    guard let text = try text(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidValue(path + name, mustBe: "one of \(words)")
    }
    return choice
  }

  /// An object; nil when it is missing or null. A string that holds one is read too: so does `POST /api/agents` show it.
  func object(_ name: String) throws(APIError) -> JSONObject? {
    guard let value = member(name) else { return nil }
    if let object = value.object { return object }
    if let text = value.string, let object = (try? JSON.parse(text))?.object { return object }
    throw .wrongType(path + name, mustBe: "an object", not: value)
  }

  /// Pictures as URLs; none when they are missing or null.
  func images(_ name: String) throws(APIError) -> [ImageSource] {
    guard let value = member(name) else { return [] }
    let images = value.array?.map { $0.string.flatMap { ImageSource(url: $0) } } ?? [nil]
    guard images.count <= 16, images.allSatisfy({ $0 != nil }) else {
      throw .invalidValue(
        path + name, mustBe: "an array of at most 16 URLs: https://… or data:image/png;base64,…")
    }
    return images.compactMap(\.self)
  }

  private func member(_ name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }
}
