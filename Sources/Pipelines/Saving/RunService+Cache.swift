import Model
package import Storage

// Answers that are kept, as an operator sees them.

extension RunService {
  /// Bytes of all answers that may be kept; 0 when none are.
  package nonisolated var cacheLimit: Int64 { driver.calls.limit }

  /// Forgets answers that are kept, and those that are on their way; returns how many were kept.
  ///
  /// - Parameter digest: only this one.
  /// - Throws: what the store throws.
  package nonisolated func forgetAnswers(
    _ selection: CachedAnswerSelection = CachedAnswerSelection(), digest: String? = nil
  ) async throws -> Int {
    try await driver.calls.forget(selection, digest: digest)
  }
}
