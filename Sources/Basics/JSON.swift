/// A JSON value (RFC 8259). Objects keep the order of their members.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// What kind of value this is, in the words of an error message.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The text, or nil for another kind of value.
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The truth value, or nil for another kind of value.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements, or nil for another kind of value.
  package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  /// The members, or nil for another kind of value.
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  /// Whether this is `null`, which is not the same as a missing member.
  package var isNull: Bool { self == .null }

  /// The value as a whole number; `3.0` counts as 3.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The value as a floating-point number; integers count.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A member of an object; nil for other values and for missing members.
  package subscript(key: String) -> JSON? { object?[key] }

  /// An element of an array; nil for other values and for indices outside it.
  package subscript(index: Int) -> JSON? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }

  /// The value as UTF-8 text without blanks.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }

  /// The value as text without blanks.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// The members of a JSON object, in order. Objects are small here, so look-up walks them.
package struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  package private(set) var members: [Member] = []

  /// A name and its value.
  package struct Member: Equatable, Sendable {
    package let name: String
    package var value: JSON

    package init(name: String, value: JSON) {
      self.name = name
      self.value = value
    }
  }

  package init() {}

  /// An object of members with different names.
  package init(_ members: [Member]) { self.members = members }

  package init(dictionaryLiteral elements: (String, JSON)...) {
    for (name, value) in elements { self[name] = value }
  }

  /// The members' names, in order.
  package var names: [String] { members.map(\.name) }
  /// Whether there are no members.
  package var isEmpty: Bool { members.isEmpty }

  /// Reads, replaces, appends or (with nil) removes a member.
  package subscript(name: String) -> JSON? {
    get { members.first { $0.name == name }?.value }
    set {
      let index = members.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral,
  ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(nilLiteral: ()) { self = .null }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    var object = JSONObject()
    for (name, value) in elements { object[name] = value }
    self = .object(object)
  }
}
