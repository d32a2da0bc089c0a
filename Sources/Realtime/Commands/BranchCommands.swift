import Basics
import Model
import Pipelines
import Storage

/// `regenerate`: answers a question again; the reply comes when the branch and its run are safe on disk.
enum RegenerateCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.regenerate)
    let order = try BranchWish.order(.answer, of: command)
    session.reply(command.id) { hub in try await hub.runs.branch(order).receipt }
  }
}

/// `edit`: asks a question in other words, in the same way.
enum EditCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.edit)
    guard let text = try command.text("message", "text") else {
      throw command.error(
        "missing_field", "edit needs message, the question's new words.", BranchWish.example("edit"))
    }
    let order = try BranchWish.order(.question(text: text), of: command)
    session.reply(command.id) { hub in try await hub.runs.branch(order).receipt }
  }
}

/// `select`: lets a conversation's path go through a message, a run, or to the end of a branch.
enum SelectCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.select)
    let conversation = try BranchWish.conversation(of: command)
    let targets: [BranchTarget] = [
      try command.text("messageId").map { .message(Identifier($0)) },
      try command.text("runId").map { .run(Identifier($0)) },
      try command.position("branch").map { .branch(Int(clamping: $0)) },
    ].compactMap(\.self)
    guard let target = targets.first, targets.count == 1 else {
      throw command.error("missing_field", "select needs one of messageId, runId and branch.")
    }
    session.reply(command.id) { hub in
      let tree = try await hub.store.write { try $0.select(target, in: conversation) }
      return ["conversation": .string(conversation.text), "branch": .integer(Int64(tree.selected))]
    }
  }
}

/// `fork`: copies a conversation, up to a message if one is given.
enum ForkCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.fork)
    let order = ForkOrder(
      conversation: try BranchWish.conversation(of: command),
      message: try command.text("messageId").map { Identifier($0) }, title: try command.text("title"),
      key: try command.text("key"))
    session.reply(command.id) { hub in
      let fork = try await hub.store.write { try order.enter(in: $0) }
      return ["conversation": .string(fork.id.text), "title": .optional(fork.title)]
    }
  }
}

/// What commands that begin a branch have in common, in the words of `POST /api/conversations/{id}/regenerate`.
private enum BranchWish {
  static func order(
    _ change: BranchOrder.Change, of command: Command
  ) throws(CommandError) -> BranchOrder {
    let conversation = try conversation(of: command)
    guard let message = try command.text("messageId") else {
      throw command.error(
        "missing_field", "\(command.name ?? "") needs messageId.", example(command.name ?? ""))
    }
    var order = BranchOrder(conversation, Identifier(message), change)
    order.agent = try command.text("agent", "agentId").map { Identifier($0) }
    order.cache = try command.choice("cache", of: CacheUse.self)
    order.parameters = try command.object("parameters")
    order.onBusy = try command.choice("onBusy", of: BusyPolicy.self) ?? .reject
    order.key = try command.text("key")
    guard order.onBusy != .enqueue else {
      throw command.error(
        "invalid_field", "onBusy must be one of reject, interrupt.",
        "A branch begins where all answers before it are known, so it cannot wait for them.")
    }
    return order
  }

  static func conversation(of command: Command) throws(CommandError) -> Identifier<Conversation> {
    guard let id = try command.text("conversation", "conversationId") else {
      throw command.error("missing_field", "\(command.name ?? "") needs conversation.")
    }
    return Identifier(id)
  }

  static func example(_ name: String) -> String {
    let words = name == "edit" ? ",\"message\":\"…\"" : ""
    return "Example: {\"id\":1,\"command\":\"\(name)\",\"conversation\":\"…\",\"messageId\":\"…\"\(words)}"
  }
}
