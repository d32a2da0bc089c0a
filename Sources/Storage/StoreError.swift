import Basics

/// Why the store could not do what was asked, in the terms of its nouns.
package enum StoreError: CodedError, Equatable {
  /// There is no such row (any more).
  case notFound(noun: String, id: String)
  /// The caller changed an older version than the stored one.
  case versionConflict(id: String, expected: Int, actual: Int)
  /// The id is taken, or was.
  case alreadyExists(noun: String, id: String)
  /// An event is larger than the log takes.
  case eventTooLarge(type: String, bytes: Int)
  /// A conversation has more messages than are copied at once.
  case tooLongToFork(most: Int)
  /// A conversation has nothing that could be copied.
  case nothingToFork(conversation: String)
  /// The store is stopping.
  case closed
  /// A job is tried again that did not fail.
  case notFailed(job: String, state: String)
  /// A row holds what this program cannot read.
  case unreadable(noun: String, detail: String)
  /// An embedded file is missing or wrong: a fault of the build.
  case badAsset(path: String, detail: String)

  package var code: String {
    switch self {
    // `conversation_not_found`, and `version_not_found` for a "version 3 of agent".
    case .notFound(let noun, _): "\(noun.prefix { $0 != " " })_not_found"
    case .versionConflict: "version_conflict"
    case .alreadyExists: "already_exists"
    case .eventTooLarge: "event_too_large"
    case .tooLongToFork: "conversation_too_long"
    case .nothingToFork: "conversation_empty"
    case .notFailed: "job_not_failed"
    case .closed: "store_closed"
    case .unreadable: "row_unreadable"
    case .badAsset: "asset_invalid"
    }
  }

  package var message: String {
    switch self {
    case .notFound(let noun, let id): "There is no \(noun) \(id)."
    case .versionConflict(let id, let expected, let actual):
      "Agent \(id) is at version \(actual), not \(expected)."
    case .alreadyExists(let noun, let id): "The \(noun) \(id) exists already, or did."
    case .eventTooLarge(let type, let bytes):
      "A \(type) event of \(bytes) bytes is too large to be shown to everybody."
    case .tooLongToFork(let most): "The conversation has more than \(most) messages up to there."
    case .nothingToFork(let conversation): "The conversation \(conversation) has no messages yet."
    case .notFailed(let job, let state): "The job \(job) is \(state), so there is nothing to try again."
    case .closed: "The store is closed."
    case .unreadable(let noun, let detail): "Could not read a stored \(noun): \(detail)."
    case .badAsset(let path, let detail): "Could not use the embedded file \(path): \(detail)."
    }
  }

  package var hint: String? {
    switch self {
    case .versionConflict: "Read it again and repeat the change."
    case .tooLongToFork: "Name an earlier message, or export the conversation and import it again."
    case .nothingToFork: "Start a new conversation instead."
    case .eventTooLarge: "Send less text, or split it."
    case .closed: "The hub is stopping; try again when it is back."
    case .unreadable: "The row may come from a newer program, or be damaged."
    case .badAsset: "Build the program again from a clean checkout."
    case .notFound("branch", _): "0 is the first; the conversation's /tree lists the others."
    case .notFound, .alreadyExists, .notFailed: nil
    }
  }
}
