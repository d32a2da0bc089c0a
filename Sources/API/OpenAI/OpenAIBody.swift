import Basics

/// A request's body, or an object in it, read member by member in the words of OpenAI's API. Names that mean nothing pass, as they do
/// with other compatible servers: clients send what other models know.
struct OpenAIBody {
  private let object: JSONObject
  /// Stands before the names in messages; empty for the body itself.
  private let path: String

  /// - Throws: for what is no JSON object.
  init(_ bytes: [UInt8]) throws(OpenAIFault) {
    guard let json = try? JSON.parse(bytes), let object = json.object else {
      throw OpenAIFault(
        "We could not parse the JSON body of your request: it must be one JSON object.", param: nil,
        code: "invalid_json")
    }
    self.init(object)
  }

  init(_ object: JSONObject, path: String = "") {
    self.object = object
    self.path = path
  }

  /// How messages name a member.
  func name(_ member: String) -> String { path.isEmpty ? member : "\(path).\(member)" }

  /// A member's value; nil when it is missing or null.
  func value(_ member: String) -> JSON? {
    guard let value = object[member], !value.isNull else { return nil }
    return value
  }

  func text(_ member: String) throws(OpenAIFault) -> String? {
    guard let value = value(member) else { return nil }
    guard let text = value.string else { throw wrongType(member, "a string", value) }
    return text
  }

  /// A text that must be there.
  func requiredText(_ member: String) throws(OpenAIFault) -> String {
    guard let text = try text(member), !text.isEmpty else { throw missing(member) }
    return text
  }

  /// False when it is missing or null.
  func flag(_ member: String) throws(OpenAIFault) -> Bool {
    guard let value = value(member) else { return false }
    guard let flag = value.bool else { throw wrongType(member, "a boolean", value) }
    return flag
  }

  func integer(_ member: String) throws(OpenAIFault) -> Int? {
    guard let value = value(member) else { return nil }
    guard let number = value.integer else { throw wrongType(member, "an integer", value) }
    return Int(number)
  }

  func array(_ member: String) throws(OpenAIFault) -> [JSON]? {
    guard let value = value(member) else { return nil }
    guard let array = value.array else { throw wrongType(member, "an array", value) }
    return array
  }

  func body(_ member: String) throws(OpenAIFault) -> OpenAIBody? {
    guard let value = value(member) else { return nil }
    guard let object = value.object else { throw wrongType(member, "an object", value) }
    return OpenAIBody(object, path: name(member))
  }

  /// The elements of an array of objects.
  func bodies(_ member: String) throws(OpenAIFault) -> [OpenAIBody]? {
    guard let array = try array(member) else { return nil }
    var bodies: [OpenAIBody] = []
    for (index, element) in array.enumerated() {
      guard let object = element.object else { throw wrongType("\(member)[\(index)]", "an object", element) }
      bodies.append(OpenAIBody(object, path: "\(name(member))[\(index)]"))
    }
    return bodies
  }

  // MARK: What is wrong

  func missing(_ member: String) -> OpenAIFault {
    OpenAIFault(
      "Missing required parameter: '\(name(member))'.", param: name(member),
      code: "missing_required_parameter")
  }

  func wrongType(_ member: String, _ expected: String, _ value: JSON) -> OpenAIFault {
    OpenAIFault(
      "Invalid type for '\(name(member))': expected \(expected), but got \(value.kind) instead.",
      param: name(member), code: "invalid_type")
  }

  /// - Parameter reason: a whole sentence.
  func wrongValue(_ member: String, _ reason: String) -> OpenAIFault {
    OpenAIFault("Invalid value for '\(name(member))': \(reason)", param: name(member), code: "invalid_value")
  }

  /// Something that OpenAI knows and the hub does not.
  ///
  /// - Parameter advice: a whole sentence.
  func unsupported(_ member: String, _ advice: String) -> OpenAIFault {
    OpenAIFault(
      "'\(name(member))' is not supported here. \(advice)", param: name(member),
      code: "unsupported_parameter")
  }
}
