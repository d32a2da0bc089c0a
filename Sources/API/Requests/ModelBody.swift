import Basics

/// A body as one JSON object, read member by member; all faults are gathered and thrown together by `check`. Names that mean nothing pass.
struct ModelBody {
  private let object: JSONObject
  private var faults: [BodyFault] = []

  /// - Throws: `validation_failed` for what is no object.
  init(_ bytes: [UInt8]) throws(BodyFaults) { object = try BodyFaults.object(in: bytes) }

  /// Any value that must be there, be it null.
  mutating func value(_ name: String) -> JSON {
    if let value = object[name] { return value }
    faults.append(.missing(at: [.string(name)], in: .object(object)))
    return .null
  }

  /// A text that must be there.
  mutating func text(_ name: String) -> String {
    let value = value(name)
    if let text = value.string { return text }
    if object[name] != nil { faults.append(.noText(value, at: [.string(name)])) }
    return ""
  }

  /// A text; the other one when it is missing or null.
  mutating func text(_ name: String, or other: String) -> String {
    guard let value = given(name) else { return other }
    if let text = value.string { return text }
    faults.append(.noText(value, at: [.string(name)]))
    return other
  }

  /// A value that may be left out: pages send null for what they do not set.
  private func given(_ name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  /// An object that must be there.
  mutating func object(_ name: String) -> JSONObject {
    let value = value(name)
    if let object = value.object { return object }
    if object[name] != nil { fault("dict_type", name, "Input should be a valid dictionary", value) }
    return [:]
  }

  /// A whole number; the other one when it is missing or null.
  mutating func integer(_ name: String, or other: Int) -> Int {
    guard let value = given(name) else { return other }
    if let number = value.integer { return Int(number) }
    fault("int_type", name, "Input should be a valid integer", value)
    return other
  }

  /// A number within bounds; the other one when it is missing or null.
  mutating func number(_ name: String, in range: ClosedRange<Double>, or other: Double) -> Double {
    guard let value = given(name) else { return other }
    guard let number = value.number else {
      fault("float_type", name, "Input should be a valid number", value)
      return other
    }
    if number < range.lowerBound {
      let bound = JSON.number(range.lowerBound)
      fault(
        "greater_than_equal", name, "Input should be greater than or equal to \(bound.text)", value,
        ["ge": bound])
    } else if number > range.upperBound {
      let bound = JSON.number(range.upperBound)
      fault(
        "less_than_equal", name, "Input should be less than or equal to \(bound.text)", value, ["le": bound])
    } else {
      return number
    }
    return other
  }

  private mutating func fault(
    _ type: String, _ name: String, _ message: String, _ input: JSON, _ context: JSONObject = [:]
  ) {
    faults.append(
      BodyFault(type: type, place: [.string(name)], message: message, input: input, context: context))
  }

  /// - Throws: `validation_failed` with everything that was wrong.
  func check() throws(BodyFaults) {
    guard faults.isEmpty else { throw BodyFaults(faults) }
  }
}
