import Basics
import Storage

/// The query of a request that asks for a page of a list.
struct RequestQuery {
  /// Which way a page goes from its cursor.
  enum Direction: Equatable {
    case after(String)
    case before(String)
  }

  static let limits = 1...500
  static let standardLimit = 50
  private let pairs: [(name: String, value: String)]

  /// Takes the decoded pairs of a query.
  ///
  /// - Parameters:
  ///   - known: the names that mean something; each may come once, since nobody can tell which of two values is meant.
  ///   - allowsOthers: whether names that mean nothing pass.
  init(
    _ pairs: [(name: String, value: String)], known: [String], allowsOthers: Bool = false
  ) throws(APIError) {
    self.pairs = pairs
    var seen: Set<String> = []
    for (name, _) in pairs {
      if known.contains(name) {
        guard seen.insert(name).inserted else { throw .repeatedParameter(name) }
      } else if !allowsOthers {
        throw .unknownParameter(name, known: known)
      }
    }
  }

  /// The value of a name; empty ones count as not given.
  subscript(name: String) -> String? {
    pairs.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  /// How many items a page may hold.
  func limit() throws(APIError) -> Int {
    guard let text = self["limit"] else { return Self.standardLimit }
    guard let limit = Int(text), Self.limits.contains(limit) else {
      throw .invalidQuery(
        "limit",
        mustBe: "a whole number from \(Self.limits.lowerBound) to \(Self.limits.upperBound), not \(text)")
    }
    return limit
  }

  /// Where the page begins; nil for the list's beginning.
  func direction() throws(APIError) -> Direction? {
    switch (self["after"], self["before"]) {
    case (let after?, nil): return .after(after)
    case (nil, let before?): return .before(before)
    case (nil, nil): return nil
    case (_?, _?):
      throw APIError("invalid_query", "after and before exclude each other.", hint: "Send one of them.")
    }
  }

  /// A seq or offset.
  func position(_ name: String) throws(APIError) -> Int64? {
    guard let text = self[name] else { return nil }
    return try Self.position(text, name)
  }

  /// Reads a seq or offset that was given as a cursor.
  static func position(_ text: String, _ name: String) throws(APIError) -> Int64 {
    guard let number = Int64(text), number >= 0 else {
      throw .invalidQuery(name, mustBe: "a whole number from 0, not \(text)")
    }
    return number
  }

  /// Reads the cursor of a list that is sorted by moments.
  static func listPosition(_ text: String, _ name: String) throws(APIError) -> ListPosition {
    guard let position = ListPosition(text: text) else { throw .unknownCursor(text) }
    return position
  }

  /// One of a few words; nil when it is not given.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(APIError) -> Choice? {
    guard let text = self[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidQuery(name, mustBe: "one of \(words), not \(text)")
    }
    return choice
  }
}
