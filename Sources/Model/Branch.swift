package import Basics

/// A way on which a conversation went instead of another: from an edited question, or with another answer to the same one.
///
/// What was said first is branch 0, the trunk, which is no value. A branch sees of its parent what stood before its fork, and nothing that was
/// said there later; so nothing has to be rewritten when one begins.
package struct Branch: Equatable, Sendable {
  /// What stands in several versions at a fork.
  package enum Kind: String, Sendable, CaseIterable {
    case question, answer
  }

  /// From 1, in the order of their beginnings, without gaps.
  package var number: Int
  /// The branch that it left.
  package var parent: Int
  package var kind: Kind
  /// The question at the fork: the first version of the one that was edited, or the one that was answered again.
  package var message: Identifier<Message>
  /// The position of that question.
  package var from: Int64
  /// The position of the last message of the parent that the branch sees; 0 for none.
  package var until: Int64
  /// The parent's run from which on nothing is seen; nil when the question has none. Questions that were queued stand before answers
  /// that are seen, so that positions alone cannot tell.
  package var before: Identifier<Run>?
  /// The run that the branch began with.
  package var run: Identifier<Run>?
  /// Whether the conversation's path takes it where it comes by.
  package var isSelected = true
  package var createdAt: Timestamp

  package init(
    number: Int, parent: Int, kind: Kind, message: Identifier<Message>, from: Int64, until: Int64,
    before: Identifier<Run>?, run: Identifier<Run>?, isSelected: Bool = true, createdAt: Timestamp
  ) {
    self.number = number
    self.parent = parent
    self.kind = kind
    self.message = message
    self.from = from
    self.until = until
    self.before = before
    self.run = run
    self.isSelected = isSelected
    self.createdAt = createdAt
  }
}

extension Branch {
  /// A place in a branch, as forks see it.
  package enum Place: Equatable, Sendable {
    /// A message, and the run that it belongs to, be it as a step's of that run.
    case message(seq: Int64, run: Identifier<Run>?)
    /// The answers of a run to the question at a position.
    case answers(run: Identifier<Run>, question: Int64)
  }

  /// Whether the branch sees a place in its parent.
  package func sees(_ place: Place) -> Bool {
    switch place {
    case .message(let seq, let run):
      if seq < from || kind == .answer && seq == from { return true }
      guard seq <= until, let run, let before else { return false }
      return run < before
    case .answers(let run, let question):
      guard let before else { return question < from }
      return run < before
    }
  }

  /// The last position up to which everything in the parent is seen.
  package var certain: Int64 { kind == .answer ? from : from - 1 }

  /// Whether another branch left the same parent at the same place: then they are versions of the same.
  package func isVersion(of other: Branch) -> Bool {
    parent == other.parent && kind == other.kind && message == other.message
  }

  /// Whether the fork stands before another one in the same parent; a question stands before its answer.
  package func forks(before other: Branch) -> Bool {
    (from, kind == .answer ? 1 : 0) < (other.from, other.kind == .answer ? 1 : 0)
  }
}
