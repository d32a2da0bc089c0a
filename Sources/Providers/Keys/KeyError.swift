import Basics

/// Why a pool of keys cannot be changed as asked.
package struct KeyError: CodedError, Equatable {
  package let code: String
  package let message: String
  package let hint: String?

  /// No key has the id.
  static func notFound(_ id: String) -> Self {
    Self(
      code: "key_not_found", message: "There is no key \(id).", hint: "GET /api/keys lists those there are.")
  }

  /// A key goes into a header field.
  static let unusable = Self(
    code: "invalid_field", message: "key must be one word of visible characters.",
    hint: "Look for blanks and line breaks from copying; several keys are several requests.")

  /// The pool takes no more.
  static func poolFull(_ title: String) -> Self {
    Self(
      code: "key_pool_full", message: "\(title) has \(KeyPoolMachine.capacity) keys already.",
      hint: "Remove one first.")
  }

  /// The row of a provider that has a pool.
  ///
  /// - Throws: `provider_unknown`, `key_pool_none`.
  package static func pooled(_ name: String) throws(KeyError) -> ProviderTable.Row {
    let pooled = ProviderTable.rows.filter { $0.keys != nil }.map(\.name).joined(separator: ", ")
    guard let row = ProviderTable.row(named: name) else {
      throw KeyError(
        code: "provider_unknown", message: "Unknown provider: \(name)",
        hint: "Providers with keys: \(pooled).")
    }
    guard row.keys != nil else {
      throw KeyError(
        code: "key_pool_none", message: "\(row.title) has no pool of keys.",
        hint: "Providers with keys: \(pooled).")
    }
    return row
  }
}
