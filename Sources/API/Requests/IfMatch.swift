import Storage

/// The versions an `If-Match` field allows (RFC 9110 §13.1.1). Versions are entity tags in quotes: `"3"`.
enum IfMatch: Equatable, Sendable {
  /// There is no field, or it says `*`.
  case anything
  /// The stored version must be one of these.
  case versions(Set<Int>)

  /// Reads the field's elements; tags that were never given out match nothing, nor do weak ones.
  init(_ elements: [String]) {
    guard !elements.isEmpty, elements != ["*"] else {
      self = .anything
      return
    }
    self = .versions(Set(elements.compactMap(Self.version)))
  }

  /// Quotes are asked for, but a bare number cannot mean anything else.
  private static func version(_ tag: String) -> Int? {
    let isQuoted = tag.count >= 2 && tag.hasPrefix("\"") && tag.hasSuffix("\"")
    return Int(isQuoted ? String(tag.dropFirst().dropLast()) : tag)
  }

  /// Refuses a change of another version than those.
  func check(_ version: Int, of id: String) throws(StoreError) {
    guard case .versions(let versions) = self, !versions.contains(version) else { return }
    throw .versionConflict(id: id, expected: versions.max() ?? 0, actual: version)
  }

  /// The tag of a version.
  static func tag(_ version: Int) -> String { "\"\(version)\"" }
}
