package import Basics
package import Model

/// What a conversation's path is to go through.
package enum BranchTarget: Equatable, Sendable {
  /// To the end of a branch.
  case branch(Int)
  /// Through a message, and behind it where it went last.
  case message(Identifier<Message>)
  /// Through the answers of a run, of which there may be none yet.
  case run(Identifier<Run>)
}

extension WriteTransaction {
  /// Lets a conversation's path go another way; everybody who watches is told. What works goes on working in its own branch.
  ///
  /// - Throws: `conversation_not_found`, `branch_not_found`, `message_not_found`, `run_not_found`.
  package func select(
    _ target: BranchTarget, in conversation: Identifier<Conversation>
  ) throws -> BranchTree {
    guard try conversations.get(conversation) != nil else {
      throw StoreError.notFound(noun: "conversation", id: conversation.text)
    }
    let tree = try branches.tree(of: conversation)
    var changed = tree
    switch target {
    case .branch(let number):
      guard tree.contains(number) else { throw StoreError.notFound(noun: "branch", id: "\(number)") }
      changed.select(number)
    case .message(let id):
      guard let message = try messages.get(id), message.conversation == conversation else {
        throw StoreError.notFound(noun: "message", id: id.text)
      }
      changed.select(try messages.place(of: message), in: message.branch ?? 0)
    case .run(let id):
      guard let run = try runs.get(id), run.conversation == conversation else {
        throw StoreError.notFound(noun: "run", id: id.text)
      }
      let question = try messages.get(run.input)?.seq ?? 0
      changed.select(.answers(run: run.parentRun ?? run.id, question: question), in: run.branch ?? 0)
    }
    try branches.select(changed, insteadOf: tree, of: conversation)
    return changed
  }
}
