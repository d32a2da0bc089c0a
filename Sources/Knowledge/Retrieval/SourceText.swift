import Basics
import Model

/// What was found, in the words of a prompt or of a tool's answer.
package enum SourceText {
  /// Each hit under a bold heading with its number and the document's name, a blank line between them.
  package static func sources(_ hits: [SearchHit]) -> String {
    hits.enumerated().map { index, hit in "**Source \(index + 1): \(hit.documentName)**\n\(hit.text.trimmed)"
    }
    .joined(separator: "\n\n")
  }

  /// Hits as a part of a system prompt, with what a model needs for citing them.
  package static func section(_ hits: [SearchHit]) -> String {
    let sources = hits.enumerated().map { index, hit in
      let place = hit.heading.isEmpty ? hit.title : "\(hit.title), \(hit.heading)"
      return "[\(index + 1)] \(place) (\(hit.documentName))\n\(hit.text.trimmed)"
    }
    return """
      Answer from these sources, and name them by their numbers, like [1]. If they do not hold the answer, say so.

      \(sources.joined(separator: "\n\n"))
      """
  }

  /// Whole documents, each under its title in capitals, with a rule between them.
  package static func corpus(_ documents: [(title: String, text: String)]) -> String {
    documents.map { "\($0.title.uppercased())\n\n\($0.text.trimmed)" }.joined(separator: "\n\n---\n\n")
  }

  /// For a question that the documents do not answer.
  package static let nothingFound =
    "I couldn't find anything about that in the documents. Please give more details, or ask in other words."

  /// For a collection that was never filled.
  package static func unavailable(_ collection: String) -> String {
    "The documents of \(collection) are unavailable at the moment."
  }

  /// For a search that failed; the reason is in the log.
  package static let failed =
    "I'm sorry, the documents could not be searched just now. Please try again in a moment."
}
