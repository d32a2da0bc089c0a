import Storage

/// The versions an `If-Match` field allows (RFC 9110 §13.1.1). Versions are entity tags in quotes: `"3"`.
enum IfMatch: Equatable, Sendable {
  /// There is no field, or it says `*`.
  case anything
  /// The stored version must be one of these.
  case versions(Set<Int>)

  /// Reads the field's elements. Tags that were never given out could only fail, so their sender is told how they look.
  ///
  /// - Throws: `invalid_if_match`.
  init(_ elements: [String]) throws(APIError) {
    guard !elements.isEmpty, elements != ["*"] else {
      self = .anything
      return
    }
    var versions: Set<Int> = []
    for element in elements {
      guard let version = Self.version(element) else {
        throw APIError(
          "invalid_if_match", "If-Match must be a version in quotes, like \"3\", or *.",
          hint: "Send the ETag of GET /api/agents/{id} as it came, with its quotes.")
      }
      versions.insert(version)
    }
    self = .versions(versions)
  }

  /// Only strong tags are compared (RFC 9110 §13.1.1), so `W/"3"` is none. A bare number is taken too: whoever sends the version of an
  /// agent's JSON means nothing else.
  private static func version(_ tag: String) -> Int? {
    if tag.allSatisfy(\.isNumber) { return Int(tag) }
    guard tag.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
    return Int(tag.dropFirst().dropLast())
  }

  /// Refuses a change of another version than those.
  func check(_ version: Int, of id: String) throws(StoreError) {
    guard case .versions(let versions) = self, !versions.contains(version) else { return }
    throw .versionConflict(id: id, expected: versions.max() ?? 0, actual: version)
  }

  /// The tag of a version.
  static func tag(_ version: Int) -> String { "\"\(version)\"" }
}
