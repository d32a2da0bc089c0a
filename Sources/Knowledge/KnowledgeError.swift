import Basics

/// Why something about documents and collections cannot be done.
package enum KnowledgeError: CodedError, Equatable {
  /// There is no such thing (any more).
  case notFound(noun: String, name: String)
  /// What is in the file cannot be read as text.
  case unsupported(name: String, what: String, hint: String)
  /// The text is not of the form that its name or its sender says.
  case malformed(name: String, detail: String)
  case tooLarge(name: String, bytes: Int, limit: Int)
  /// A document without anything to find.
  case empty(name: String)
  /// A name, a title, a limit or metadata that cannot be taken.
  case invalid(what: String, mustBe: String)
  /// Vectors of two makers cannot be compared.
  case otherEmbedder(collection: String, has: String, asked: String)
  case otherDimensions(embedder: String, expected: Int, got: Int)
  case unknownEmbedder(String)
  /// The maker of vectors did not answer.
  case embedderFailed(embedder: String, detail: String, hint: String?)
  /// A collection that is filled already, without leave to replace what is in it.
  case filled(collection: String, documents: Int)
  case stopping

  package var code: String {
    switch self {
    case .notFound(let noun, _): "\(noun)_not_found"
    case .unsupported: "document_unsupported"
    case .malformed: "document_malformed"
    case .tooLarge: "document_too_large"
    case .empty: "document_empty"
    case .invalid: "invalid_field"
    case .otherEmbedder: "embedder_mismatch"
    case .otherDimensions: "dimension_mismatch"
    case .unknownEmbedder: "embedder_unknown"
    case .embedderFailed: "embedder_failed"
    case .filled: "collection_filled"
    case .stopping: "draining"
    }
  }

  package var message: String {
    switch self {
    case .notFound(let noun, let name): "There is no \(noun) \(name)."
    case .unsupported(let name, let what, _): "Could not read \(name): it is \(what), not text."
    case .malformed(let name, let detail): "Could not read \(name): \(detail)."
    case .tooLarge(let name, let bytes, let limit):
      "\(name) has \(bytes) bytes; a document has at most \(limit)."
    case .empty(let name): "There is no text in \(name)."
    case .invalid(let what, let mustBe): "\(what) must be \(mustBe)."
    case .otherEmbedder(let collection, let has, let asked):
      "The vectors of \(collection) are made by \(has), not by \(asked)."
    case .otherDimensions(let embedder, let expected, let got):
      "Vectors of \(embedder) came with \(got) numbers instead of \(expected)."
    case .unknownEmbedder(let name): "There is no maker of vectors \(name)."
    case .embedderFailed(let embedder, let detail, _): "Could not get vectors from \(embedder): \(detail)"
    case .filled(let collection, let documents):
      "The collection \(collection) has \(documents) documents already."
    case .stopping: "The hub is stopping."
    }
  }

  package var hint: String? {
    switch self {
    case .unsupported(_, _, let hint): hint
    case .embedderFailed(_, _, let hint): hint
    case .tooLarge: "Split it, at its chapters for instance."
    case .malformed: "Mend it, or send it with the format text to take it as it is."
    case .empty: "Scanned pages have no text until it is recognized."
    case .otherEmbedder:
      "Index the collection anew with the other maker (reindex), or use another collection."
    case .otherDimensions: "Index the collection anew; the model behind the name may have changed."
    case .unknownEmbedder: "Use lexical, or a provider and its model: openai/text-embedding-3-small."
    case .filled: "Use --force to replace what is in it."
    case .stopping: "Try again when it is back."
    case .notFound, .invalid: nil
    }
  }
}
