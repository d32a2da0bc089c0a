import Basics

/// What a body must look like, declared once for checking it and for documenting it.
///
/// Faults are told in the form that clients of the replaced services read: type, place, message, and what stood there.
struct BodyShape: Sendable {
  /// What a text must be beside its length.
  struct TextRule: Sendable {
    /// Follows "Value error, ".
    let message: String
    let allows: @Sendable (String) -> Bool
  }

  /// What a member may be.
  indirect enum Kind: Sendable {
    /// Lengths count characters as Python does: Unicode scalars, blanks included.
    case text(ClosedRange<Int>? = nil, rule: TextRule? = nil)
    case object(BodyShape)
  }

  /// One member. All are required; others are passed over.
  struct Member: Sendable {
    let name: String
    let kind: Kind

    init(_ name: String, _ kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  let members: [Member]

  init(_ members: Member...) { self.members = members }
}

extension BodyShape {
  /// Reads a body that fits.
  ///
  /// - Throws: everything that is wrong with it.
  func read(_ bytes: [UInt8]) throws(BodyFaults) -> JSONObject {
    let object = try BodyFaults.object(in: bytes)
    let faults = faults(of: .object(object), at: [])
    guard faults.isEmpty else { throw BodyFaults(faults) }
    return object
  }

  private func faults(of json: JSON, at place: [JSON]) -> [BodyFault] {
    guard let object = json.object else {
      return [.noObject(json, at: place)]
    }
    return members.flatMap { member -> [BodyFault] in
      let place = place + [.string(member.name)]
      guard let value = object[member.name] else {
        return [.missing(at: place, in: json)]
      }
      switch member.kind {
      case .object(let shape): return shape.faults(of: value, at: place)
      case .text(let length, let rule):
        return Self.fault(of: value, at: place, length, rule).map { [$0] } ?? []
      }
    }
  }

  private static func fault(
    of value: JSON, at place: [JSON], _ length: ClosedRange<Int>?, _ rule: TextRule?
  ) -> BodyFault? {
    guard let text = value.string else {
      return .noText(value, at: place)
    }
    let count = text.unicodeScalars.count
    if let length, count < length.lowerBound {
      return BodyFault(
        type: "string_too_short", place: place,
        message: "String should have at least \(counted(length.lowerBound))", input: value,
        context: ["min_length": .integer(Int64(length.lowerBound))])
    }
    if let length, count > length.upperBound {
      return BodyFault(
        type: "string_too_long", place: place,
        message: "String should have at most \(counted(length.upperBound))", input: value,
        context: ["max_length": .integer(Int64(length.upperBound))])
    }
    guard let rule, !rule.allows(text) else { return nil }
    return BodyFault(
      type: "value_error", place: place, message: "Value error, \(rule.message)", input: value,
      context: ["error": [:]])
  }

  private static func counted(_ count: Int) -> String { count == 1 ? "1 character" : "\(count) characters" }

  /// The shape as a JSON Schema.
  var schema: JSON {
    var properties = JSONObject()
    for member in members {
      switch member.kind {
      case .object(let shape): properties[member.name] = shape.schema
      case .text(let length, _):
        var schema: JSONObject = ["type": "string"]
        if let length {
          schema["minLength"] = .integer(Int64(length.lowerBound))
          schema["maxLength"] = .integer(Int64(length.upperBound))
        }
        properties[member.name] = .object(schema)
      }
    }
    return [
      "type": "object", "properties": .object(properties),
      "required": .array(members.map { .string($0.name) }),
    ]
  }
}

extension BodyShape.TextRule {
  /// Something other than blanks.
  static let notBlank = Self(message: "the message must not be blank") { text in
    !text.isBlank
  }

  /// A random UUID (RFC 9562 §5.4), in any case.
  static let randomUUID = Self(message: "session_id must be a valid UUID v4") { text in
    let groups = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return false }
    let isHexadecimal = groups.joined().utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    return isHexadecimal && groups[2].hasPrefix("4") && "89ab".contains(groups[3].prefix(1))
  }
}
