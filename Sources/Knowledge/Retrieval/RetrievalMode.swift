import Basics

/// How a worker comes by what it must know.
package enum RetrievalMode: String, Sendable, CaseIterable {
  /// Looks every question up.
  case rag
  /// Has its whole small corpus before it, and never looks anything up.
  case cag
  /// Looks the first question of a session up, and goes on with what was found.
  case hybrid
  /// Knows only what it is told.
  case off
}

/// The rule of the modes: what is fetched for a question.
package struct RetrievalRule: Equatable, Sendable {
  /// What is to be done for a question.
  package enum Decision: Equatable, Sendable {
    /// Nothing goes into the prompt.
    case nothing
    /// The question is looked up; `remembers` keeps what is found for the session.
    case search(remembers: Bool)
    /// All documents go into the prompt.
    case corpus
    /// What the session has goes into the prompt, as it is.
    case reuse(String)
  }

  package let mode: RetrievalMode

  package init(_ mode: RetrievalMode) { self.mode = mode }

  /// - Parameters:
  ///   - cached: what the session has; nil when there is nothing, or it is too old.
  ///   - question: as it was asked.
  package func decision(cached: String?, question: String) -> Decision {
    switch mode {
    case .off: return .nothing
    case .rag: return question.isBlank ? .nothing : .search(remembers: false)
    case .hybrid:
      // Even for a question about something else: that is the mode's bargain.
      if let cached { return .reuse(cached) }
      return question.isBlank ? .nothing : .search(remembers: true)
    case .cag:
      if let cached { return .reuse(cached) }
      return .corpus
    }
  }
}
