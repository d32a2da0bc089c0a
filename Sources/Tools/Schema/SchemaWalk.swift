import Basics

/// One value held against one schema.
struct SchemaWalk {
  private let root: JSON
  private(set) var faults: [String] = []
  /// Visits that are left: schemas can be written that take for ever, by references and by choices within choices.
  private var left = 20_000

  /// Sentences that help; a model that is told more learns less.
  private static let mostFaults = 8
  private static let deepest = 64

  init(root: JSON) { self.root = root }

  private init(root: JSON, left: Int) {
    self.root = root
    self.left = left
  }

  mutating func check(_ value: JSON, _ schema: JSON, at path: String, depth: Int) {
    guard faults.count < Self.mostFaults else { return }
    left -= 1
    guard left > 0, depth < Self.deepest else {
      return fault("\(path) is too deep or too large to be checked.")
    }
    if schema == .bool(false) { return fault("\(path) must not be there.") }
    guard let schema = schema.object else { return }
    if value.isNull, schema["nullable"] == .bool(true) { return }
    if let text = schema["$ref"]?.string, let target = root.target(ofReference: text) {
      check(value, target, at: path, depth: depth + 1)
    }
    if let kinds = SchemaKind.all(of: schema), !kinds.contains(where: { $0.takes(value) }) {
      let words = kinds.map(\.words).joined(separator: " or ")
      return fault("\(path) must be \(words), not \(value.kind).")
    }
    checkChoice(value, schema, path)
    switch value {
    case .string(let text): checkLength(text, schema, path)
    case .integer, .number: checkNumber(value, schema, path)
    case .array(let elements): checkElements(elements, schema, path, depth)
    case .object(let object): checkMembers(object, schema, path, depth)
    case .null, .bool: break
    }
    checkCombinations(value, schema, path, depth)
  }

  private mutating func fault(_ text: String) {
    if faults.count < Self.mostFaults { faults.append(text) }
  }

  // MARK: Plain values

  private mutating func checkChoice(_ value: JSON, _ schema: JSONObject, _ path: String) {
    if let choices = schema["enum"]?.array, !choices.contains(where: { $0.isSame(as: value) }) {
      fault("\(path) must be one of \(choices.prefix(20).map(\.text).joined(separator: ", ")).")
    }
    if let only = schema["const"], !only.isSame(as: value) { fault("\(path) must be \(only.text).") }
  }

  private mutating func checkLength(_ text: String, _ schema: JSONObject, _ path: String) {
    let count = text.unicodeScalars.count
    if let least = schema["minLength"]?.integer, count < least {
      fault("\(path) must have at least \(least) characters.")
    }
    if let most = schema["maxLength"]?.integer, count > most {
      fault("\(path) must have at most \(most) characters.")
    }
  }

  private mutating func checkNumber(_ value: JSON, _ schema: JSONObject, _ path: String) {
    guard let number = value.number else { return }
    let bounds: [(String, (Double) -> Bool, String)] = [
      ("minimum", { number >= $0 }, "at least"), ("maximum", { number <= $0 }, "at most"),
      ("exclusiveMinimum", { number > $0 }, "more than"), ("exclusiveMaximum", { number < $0 }, "less than"),
    ]
    for (keyword, holds, words) in bounds {
      guard let bound = schema[keyword], let limit = bound.number, !holds(limit) else { continue }
      fault("\(path) must be \(words) \(bound.text).")
    }
    if let step = schema["multipleOf"], let size = step.number, size > 0, !Self.divides(size, number) {
      fault("\(path) must be a multiple of \(step.text).")
    }
  }

  /// As exactly as doubles can tell: 0.3 is three times 0.1.
  private static func divides(_ step: Double, _ number: Double) -> Bool {
    let times = number / step
    return (times - times.rounded()).magnitude <= 1e-9 * max(1, times.magnitude)
  }

  // MARK: Arrays and objects

  private mutating func checkElements(
    _ elements: [JSON], _ schema: JSONObject, _ path: String, _ depth: Int
  ) {
    if let least = schema["minItems"]?.integer, elements.count < least {
      fault("\(path) must have at least \(least) elements.")
    }
    if let most = schema["maxItems"]?.integer, elements.count > most {
      fault("\(path) must have at most \(most) elements.")
    }
    if schema["uniqueItems"] == .bool(true), Self.hasTwins(elements) {
      fault("\(path) must have no two elements that are the same.")
    }
    let first = schema["prefixItems"]?.array ?? []
    for (index, element) in elements.enumerated() {
      guard let schema = index < first.count ? first[index] : schema["items"] else { continue }
      check(element, schema, at: "\(path)[\(index)]", depth: depth + 1)
    }
  }

  /// By their text, since a pair-wise look at thousands of elements would take too long.
  private static func hasTwins(_ elements: [JSON]) -> Bool {
    Set(elements.map(\.text)).count < elements.count
  }

  private mutating func checkMembers(
    _ object: JSONObject, _ schema: JSONObject, _ path: String, _ depth: Int
  ) {
    for name in (schema["required"]?.array ?? []).compactMap(\.string) where object[name] == nil {
      fault("\(path).\(name) is missing.")
    }
    if let least = schema["minProperties"]?.integer, object.members.count < least {
      fault("\(path) must have at least \(least) members.")
    }
    if let most = schema["maxProperties"]?.integer, object.members.count > most {
      fault("\(path) must have at most \(most) members.")
    }
    let properties = schema["properties"]?.object ?? [:]
    // Patterns are not matched here, so what has no property of its own may be what one of them allows.
    let hasPatterns = schema["patternProperties"] != nil
    for member in object.members {
      let place = "\(path).\(member.name)"
      if let property = properties[member.name] {
        check(member.value, property, at: place, depth: depth + 1)
      } else if hasPatterns {
        continue
      } else if schema["additionalProperties"] == .bool(false) {
        fault("\(place) is not known.\(Self.suggestion(for: member.name, among: properties.names))")
      } else if let others = schema["additionalProperties"] {
        check(member.value, others, at: place, depth: depth + 1)
      }
    }
  }

  private static func suggestion(for name: String, among known: [String]) -> String {
    if let nearest = nearestName(to: name, among: known) { return " Did you mean \(nearest)?" }
    return known.isEmpty ? "" : " Known: \(known.joined(separator: ", "))."
  }

  // MARK: Combinations

  private mutating func checkCombinations(
    _ value: JSON, _ schema: JSONObject, _ path: String, _ depth: Int
  ) {
    for part in schema["allOf"]?.array ?? [] { check(value, part, at: path, depth: depth + 1) }
    if let parts = schema["anyOf"]?.array {
      let tries = parts.map { attempt(value, $0, path, depth) }
      if !tries.contains(where: \.isEmpty) { faultOfChoice(path, tries) }
    }
    if let parts = schema["oneOf"]?.array {
      let tries = parts.map { attempt(value, $0, path, depth) }
      switch tries.filter(\.isEmpty).count {
      case 0: faultOfChoice(path, tries)
      case 1: break
      default: fault("\(path) must fit exactly one of its forms, and fits several.")
      }
    }
    if let part = schema["not"], attempt(value, part, path, depth).isEmpty {
      fault("\(path) must not be like this.")
    }
  }

  /// What is wrong with a value in one of several forms.
  private mutating func attempt(_ value: JSON, _ schema: JSON, _ path: String, _ depth: Int) -> [String] {
    var walk = SchemaWalk(root: root, left: left)
    walk.check(value, schema, at: path, depth: depth + 1)
    left = walk.left
    return walk.faults
  }

  private mutating func faultOfChoice(_ path: String, _ tries: [[String]]) {
    let nearest = tries.min { $0.count < $1.count } ?? []
    fault("\(path) fits none of its forms. \(nearest.first ?? "")")
  }
}
