import Basics
import Model
import Storage

extension Branch {
  /// Branches that a conversation may have.
  static let most = 1000

  /// The next branch of a conversation: another version of a question, or of its answer.
  static func next(
    _ kind: Kind, at asked: AskedQuestion, run: Identifier<Run>, _ tree: BranchTree,
    in store: WriteTransaction
  ) throws -> Branch {
    guard tree.branches.count < most else { throw RunError.tooManyBranches }
    let number = tree.branches.count + 1
    if var version = tree.branches.first(where: { $0.isVersion(kind, of: asked.message) }) {
      (version.number, version.run, version.isSelected, version.createdAt) = (number, run, true, store.now)
      return version
    }
    let question = asked.message
    var branch = Branch(
      number: number, parent: question.branch ?? 0, kind: kind, message: question.id, from: question.seq,
      until: 0, before: question.run ?? asked.run?.id, run: run, createdAt: store.now)
    branch.until = try store.messages.lastSeen(by: branch, in: question.conversation)
    return branch
  }

  /// Whether a branch left where another version of a question, or of its answer, would.
  private func isVersion(_ kind: Kind, of question: Message) -> Bool {
    guard self.kind == kind else { return false }
    // A question that is a version itself is the one its branch began with.
    return message == question.id || kind == .question && run != nil && run == question.run
  }
}
