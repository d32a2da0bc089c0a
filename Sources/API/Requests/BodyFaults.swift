import Basics

/// One thing that is wrong with a body, in the form in which FastAPI tells it and its clients read it.
struct BodyFault: Equatable, Sendable {
  let type: String
  /// Names from the body on; a number is a byte of text that is no JSON.
  let place: [JSON]
  let message: String
  let input: JSON
  /// What the message is made from, by name.
  var context: JSONObject = [:]

  /// `{"type":"missing","loc":["body","sql"],"msg":"Field required","input":{…}}`
  var json: JSON {
    var object: JSONObject = [
      "type": .string(type), "loc": .array(["body"] + place), "msg": .string(message), "input": input,
    ]
    if !context.isEmpty { object["ctx"] = .object(context) }
    return .object(object)
  }

  var sentence: String {
    let names = place.compactMap(\.string).joined(separator: ".")
    return names.isEmpty ? message : "\(names): \(message)"
  }
}

extension BodyFault {
  static func missing(at place: [JSON], in input: JSON) -> Self {
    Self(type: "missing", place: place, message: "Field required", input: input)
  }

  static func noObject(_ input: JSON, at place: [JSON]) -> Self {
    Self(
      type: "model_attributes_type", place: place,
      message: "Input should be a valid dictionary or object to extract fields from", input: input)
  }

  static func noText(_ input: JSON, at place: [JSON]) -> Self {
    Self(type: "string_type", place: place, message: "Input should be a valid string", input: input)
  }
}

/// Everything that is wrong with a body.
struct BodyFaults: CodedError, Equatable {
  let faults: [BodyFault]

  init(_ faults: [BodyFault]) { self.faults = faults }

  var code: String { "validation_failed" }
  var message: String { faults.map(\.sentence).joined(separator: "; ") }
  var hint: String? { nil }

  var json: JSON { .array(faults.map(\.json)) }
}

extension BodyFaults {
  /// A body as one JSON object.
  ///
  /// - Throws: `validation_failed` for what is none.
  static func object(in bytes: [UInt8]) throws(BodyFaults) -> JSONObject {
    guard !bytes.isEmpty else { throw BodyFaults([.missing(at: [], in: .null)]) }
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(bytes)
    } catch {
      throw BodyFaults([
        BodyFault(
          type: "json_invalid", place: [.integer(Int64(error.position))], message: "JSON decode error",
          input: [:], context: ["error": .string("\(error.reason)")])
      ])
    }
    guard let object = json.object else { throw BodyFaults([.noObject(json, at: [])]) }
    return object
  }
}
