import Basics
import Model
import Storage

/// A question of a conversation, and the run that answered it: where branches begin.
struct AskedQuestion {
  let message: Message
  /// The run that a caller means, or the first one; nil when none is stored, as those of imported messages are not.
  let run: Run?
  /// Who answered, as far as known.
  let agent: Identifier<Agent>?

  /// Finds the question that a message is, or answers.
  ///
  /// - Throws: `message_not_found`, `message_not_answer`.
  static func find(
    _ id: Identifier<Message>, in conversation: Conversation, _ tree: BranchTree, _ store: WriteTransaction
  ) throws -> AskedQuestion {
    guard let message = try store.messages.get(id), message.conversation == conversation.id else {
      throw RunError.messageNotFound(id, in: conversation.id)
    }
    let isQuestion = message.role == .user && message.step == nil
    if !isQuestion, let run = try root(of: message.run, store),
      let question = try store.messages.get(run.input)
    {
      return AskedQuestion(message: question, run: run, agent: run.agent)
    }
    let question = isQuestion ? message : try above(message, store)
    guard let question else { throw RunError.messageNotAnswer(id) }
    let answer = try store.messages.firstAnswer(to: question)
    // The answer that the path takes, else the first.
    let taken = tree.branches.first {
      $0.kind == .answer && $0.message == question.id && $0.isSelected
    }
    let run = try root(of: taken?.run ?? question.run ?? answer?.run, store)
    return AskedQuestion(
      message: question, run: run, agent: run?.agent ?? (isQuestion ? answer?.agent : message.agent))
  }

  private static func root(of run: Identifier<Run>?, _ store: WriteTransaction) throws -> Run? {
    guard let run = try run.flatMap({ try store.runs.get($0) }) else { return nil }
    return try run.parentRun.map { try store.runs.get($0) } ?? run
  }

  /// The question above an answer whose run is not stored; rounds of tools lie between.
  private static func above(_ answer: Message, _ store: WriteTransaction) throws -> Message? {
    guard answer.role != .system else { return nil }
    var message = answer
    for _ in 0..<200 {
      guard let parent = try message.parent.flatMap({ try store.messages.get($0) }) else { return nil }
      if parent.role == .user, parent.step == nil { return parent }
      message = parent
    }
    return nil
  }
}
