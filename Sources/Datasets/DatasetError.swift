import Basics

/// Why a data set could not be taken, found or asked.
package enum DatasetError: CodedError, Equatable {
  case notFound(String)
  /// Its row is there, its file is not.
  case fileMissing(String)
  case notAFile(name: String)
  case tooLarge(what: String, limit: Int)
  case uploadEnded
  case chatNotFound(String)
  case closed
  /// A question with a word that changes things.
  case dangerous(keyword: String)
  /// A question that is no single SELECT.
  case notASelect
  case severalStatements
  /// A question that the engine refuses to read; its words.
  case unreadable(String)
  /// A question that reaches for something it may not have.
  case denied(String)
  case timeout(seconds: Int)
  case tooComplex
  case tooLong(bytes: Int)
  case tooMuchMemory(megabytes: Int)
  case valueTooLarge(bytes: Int)
  case cancelled
  /// The engine or the disk failed.
  case storage(code: String, message: String)

  package var code: String {
    switch self {
    case .notFound: "dataset_not_found"
    case .fileMissing: "dataset_file_missing"
    case .notAFile: "dataset_not_csv"
    case .tooLarge: "dataset_too_large"
    case .uploadEnded: "upload_ended"
    case .chatNotFound: "chat_not_found"
    case .closed: "datasets_closed"
    case .dangerous, .denied: "query_denied"
    case .notASelect, .severalStatements, .unreadable: "query_invalid"
    case .timeout: "query_timeout"
    case .tooComplex, .tooLong, .tooMuchMemory, .valueTooLarge: "query_too_large"
    case .cancelled: "query_cancelled"
    case .storage(let code, _): code
    }
  }

  package var message: String {
    switch self {
    case .notFound: "Session not found"
    case .fileMissing(let id): "The file of the data set \(id) is gone."
    case .notAFile(let name): "\(name) is not a CSV file."
    case .tooLarge(let what, let limit): "The data set is too large: more than \(limit) \(what)."
    case .uploadEnded: "The upload has ended already."
    case .chatNotFound: "Chat not found"
    case .closed: "The data sets are closed."
    // These two words for word, as callers of the earlier systems know them.
    case .dangerous(let keyword): "Dangerous keyword '\(keyword)' not allowed"
    case .notASelect: "Only SELECT statements are allowed"
    case .severalStatements: "Only one statement is allowed"
    case .unreadable(let detail): detail
    case .denied(let what): "The query may not use \(what)"
    case .timeout(let seconds): "SQL execution timed out after \(seconds)s"
    case .tooComplex: "The query is too complex: its common table expressions multiply"
    case .tooLong(let bytes): "The query is longer than \(bytes) bytes"
    case .tooMuchMemory(let megabytes): "The query needs more than \(megabytes) MB of memory"
    case .valueTooLarge(let bytes): "The query makes a value of more than \(bytes) bytes"
    case .cancelled: "The query was cancelled"
    case .storage(_, let message): message
    }
  }

  package var hint: String? {
    switch self {
    case .notAFile: "Save it as CSV (UTF-8) and upload that file."
    case .tooLarge: "Upload fewer rows or columns, or a summary of them."
    case .fileMissing: "Upload it again."
    case .closed: "The hub is stopping; try again when it is back."
    case .notASelect, .dangerous, .severalStatements:
      "Ask with one SELECT, or WITH … SELECT, on the table transactions."
    case .denied: "Only the table transactions can be read, with SQL's usual functions."
    case .timeout, .tooMuchMemory: "Aggregate, filter or limit earlier; avoid joins that multiply rows."
    case .tooLong: "Ask with less text; long lists of values do not belong in a query."
    case .tooComplex: "Use each common table expression fewer times."
    case .valueTooLarge: "Shorten texts with substr, or group less into one."
    case .chatNotFound: "POST /api/chats begins one."
    case .notFound, .uploadEnded, .unreadable, .cancelled, .storage: nil
    }
  }

  /// An error of the engine under a data set.
  init(_ error: any Error) {
    if let error = error as? DatasetError {
      self = error
    } else if let error = error as? any CodedError {
      self = .storage(code: error.code, message: error.message)
    } else {
      self = .storage(code: "internal", message: "The data set could not be used.")
    }
  }
}
