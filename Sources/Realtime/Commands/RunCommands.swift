import Basics
import Model
import Pipelines

/// `invoke`: stores a message and starts (or queues) the run that answers it; the reply comes when both are safe on disk.
enum InvokeCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.invoke)
    // The names of POST /api/invoke are understood as well.
    guard let agent = try command.text("agent", "agentId"), let text = try command.text("message", "text")
    else {
      throw command.error(
        "missing_field", "invoke needs agent and message.",
        "Example: {\"id\":1,\"command\":\"invoke\",\"agent\":\"demo\",\"message\":\"Hello\"}")
    }
    var invocation = Invocation(agent: Identifier(agent), text: text)
    invocation.conversation = try command.text("conversation", "conversationId").map { Identifier($0) }
    invocation.key = try command.text("key")
    invocation.onBusy = try command.choice("onBusy", of: BusyPolicy.self) ?? .enqueue
    invocation.cache = try command.choice("cache", of: CacheUse.self) ?? .use
    invocation.parameters = try command.object("parameters") ?? [:]
    let final = invocation
    session.reply(command.id) { hub in try await hub.runs.invoke(final).receipt }
  }
}

extension Run {
  /// What whoever asked for the run is told at once.
  var receipt: JSONObject {
    [
      "run": .string(id.text), "conversation": .string(conversation.text), "message": .string(input.text),
      "status": .string(status.rawValue),
    ]
  }
}

/// `stop`: ends a run, whether it waits or works, or this connection's replay; a run that is over stays as it is.
enum StopCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.stop)
    if let name = try command.text("replay") { return try stop(replay: name, command, session) }
    guard let id = try command.text("run") else {
      throw command.error(
        "missing_field", "stop needs run.",
        "The reply to invoke names it, and so does every event of the run. Or name a replay.")
    }
    session.reply(command.id) { hub in
      let run = try await hub.runs.stop(Identifier(id))
      return ["run": .string(run.id.text), "status": .string(run.status.rawValue)]
    }
  }
}

extension StopCommand {
  /// The last word of the replay, `replayed`, follows.
  private static func stop(
    replay name: String, _ command: Command, _ session: Session
  ) throws(CommandError) {
    guard let replay = session.subscriber.replay, replay.name == name else {
      throw command.error(
        "replay_not_found", "This connection has no replay \(name) going.",
        "The reply to replay names it; one that is over needs no stop.")
    }
    replay.task.cancel()
    session.reply(command.id, ok: ["replay": .string(name)])
  }
}

/// `approve`: decides about the calls of tools that a run waits with, in the words of `POST /api/runs/{id}/approve`.
enum ApproveCommand {
  static func run(_ command: Command, _ session: Session) throws(CommandError) {
    try command.allow(.approve)
    guard let id = try command.text("run") else {
      throw command.error(
        "missing_field", "approve needs run.",
        "Example: {\"id\":1,\"command\":\"approve\",\"run\":\"…\",\"decision\":\"approve\"}")
    }
    let approval: Approval
    do throws(RunError) {
      approval = try Approval(command.members(Approval.members))
    } catch {
      throw command.error(error.code, error.message, error.hint)
    }
    session.reply(command.id) { hub in
      let (run, left) = try await hub.runs.approve(Identifier(id), approval)
      return [
        "run": .string(run.id.text), "status": .string(run.status.rawValue),
        "approvals": .array(left.map(\.request)),
      ]
    }
  }
}
