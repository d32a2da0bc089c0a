import Basics

/// One thing that is wrong with a body, in the form that clients of FastAPI read.
struct ModelFault: Equatable {
  let type: String
  /// Names from the body on; a number is a place in text that is no JSON.
  let place: [JSON]
  let message: String
  let input: JSON

  /// `{"type":"missing","loc":["body","sql"],"msg":"Field required","input":{…}}`
  var json: JSON {
    ["type": .string(type), "loc": .array(["body"] + place), "msg": .string(message), "input": input]
  }

  static func missing(_ name: String, in input: JSON) -> Self {
    Self(type: "missing", place: [.string(name)], message: "Field required", input: input)
  }
}

/// Everything that is wrong with a body.
struct ModelFaults: CodedError, Equatable {
  let faults: [ModelFault]

  var code: String { "validation_failed" }
  var message: String {
    faults.map { fault in
      let place = fault.place.map { $0.string ?? $0.text }.joined(separator: ".")
      return place.isEmpty ? fault.message : "\(place): \(fault.message)"
    }.joined(separator: "; ")
  }
  var hint: String? { nil }
}

/// A body as one JSON object, read member by member; all faults are gathered and thrown together by `check`. Names that mean nothing pass.
struct ModelBody {
  private let object: JSONObject
  private var faults: [ModelFault] = []

  /// - Throws: `validation_failed` for what is no object.
  init(_ bytes: [UInt8]) throws(ModelFaults) {
    guard !bytes.isEmpty else {
      throw ModelFaults(faults: [
        ModelFault(type: "missing", place: [], message: "Field required", input: .null)
      ])
    }
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(bytes)
    } catch {
      throw ModelFaults(faults: [
        ModelFault(
          type: "json_invalid", place: [.integer(Int64(error.position))], message: "JSON decode error",
          input: [:])
      ])
    }
    guard let object = json.object else {
      throw ModelFaults(faults: [
        ModelFault(
          type: "model_attributes_type", place: [],
          message: "Input should be a valid dictionary or object to extract fields from", input: json)
      ])
    }
    self.object = object
  }

  /// Any value that must be there, be it null.
  mutating func value(_ name: String) -> JSON {
    if let value = object[name] { return value }
    faults.append(.missing(name, in: .object(object)))
    return .null
  }

  /// A text that must be there.
  mutating func text(_ name: String) -> String {
    guard object[name] != nil else {
      faults.append(.missing(name, in: .object(object)))
      return ""
    }
    return text(name, or: "")
  }

  /// A text; the other one when it is missing or null.
  mutating func text(_ name: String, or other: String) -> String {
    guard let value = object[name] else { return other }
    if let text = value.string { return text }
    fault("string_type", name, "Input should be a valid string", value)
    return other
  }

  /// An object that must be there.
  mutating func object(_ name: String) -> JSONObject {
    let value = value(name)
    if let object = value.object { return object }
    if object[name] != nil { fault("dict_type", name, "Input should be a valid dictionary", value) }
    return [:]
  }

  /// A whole number; the other one when it is missing.
  mutating func integer(_ name: String, or other: Int) -> Int {
    guard let value = object[name] else { return other }
    if let number = value.integer { return Int(number) }
    fault("int_type", name, "Input should be a valid integer", value)
    return other
  }

  /// A number within bounds; the other one when it is missing.
  mutating func number(_ name: String, in range: ClosedRange<Double>, or other: Double) -> Double {
    guard let value = object[name] else { return other }
    guard let number = value.number else {
      fault("float_type", name, "Input should be a valid number", value)
      return other
    }
    if number < range.lowerBound {
      fault("greater_than_equal", name, "Input should be greater than or equal to \(range.lowerBound)", value)
    } else if number > range.upperBound {
      fault("less_than_equal", name, "Input should be less than or equal to \(range.upperBound)", value)
    } else {
      return number
    }
    return other
  }

  private mutating func fault(_ type: String, _ name: String, _ message: String, _ input: JSON) {
    faults.append(ModelFault(type: type, place: [.string(name)], message: message, input: input))
  }

  /// - Throws: `validation_failed` with everything that was wrong.
  func check() throws(ModelFaults) {
    guard faults.isEmpty else { throw ModelFaults(faults: faults) }
  }
}
