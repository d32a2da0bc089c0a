package import Basics
package import Model

/// A worker's question to its documents.
package struct RetrievalRequest: Equatable, Sendable {
  package var mode: RetrievalMode
  package var collection: String
  package var tenant: String
  /// Whose cache is used: what one session has fetched, no other one gets.
  package var session: String
  package var question: String
  /// Chunks of a search.
  package var limit: Int
  /// Who asks, and pays for the question's vector; nil when no agent does.
  package var agent: Identifier<Agent>?
  /// Another collection that is searched, too, if there is one of that name.
  package var addition: String?

  /// What the first customer service looked up for every question.
  package static let standardLimit = 3

  package init(
    mode: RetrievalMode, collection: String, tenant: String = "default", session: String, question: String,
    limit: Int = standardLimit, agent: Identifier<Agent>? = nil, addition: String? = nil
  ) {
    self.mode = mode
    self.collection = collection
    self.tenant = tenant
    self.session = session
    self.question = question
    self.limit = limit
    self.agent = agent
    self.addition = addition
  }
}

/// What goes into the prompt, and where it came from.
package struct Retrieval: Equatable, Sendable {
  /// Where the text came from.
  package enum Origin: String, Sendable {
    case search, cache, corpus, none
  }

  /// What came of it.
  package enum Outcome: String, Sendable {
    /// The text is of the documents.
    case found
    /// No document says anything about it; the text says so.
    case nothing
    /// There are no documents; the text says so.
    case unavailable
    /// The search failed; the text apologizes.
    case failed
  }

  package var text: String
  package var origin: Origin
  package var outcome: Outcome
  /// What a search found, for citations; empty when it came from elsewhere.
  package var hits: [SearchHit]

  package init(_ text: String, _ origin: Origin, _ outcome: Outcome = .found, hits: [SearchHit] = []) {
    self.text = text
    self.origin = origin
    self.outcome = outcome
    self.hits = hits
  }
}
