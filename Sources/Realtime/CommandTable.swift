package import Basics

/// The commands of `agenthub.v1`: to add one is a file in `Commands` and a line here.
package enum CommandTable {
  /// One command: its name, what it is for, and what it does.
  struct Entry: Sendable {
    let name: String
    let summary: String
    /// What it takes, and what its reply holds.
    let form: CommandForm
    let run: @Sendable (Command, Session) throws(CommandError) -> Void
  }

  static let entries: [Entry] = [
    Entry(
      name: "hello", summary: "greets, and resumes everything after a position", form: .hello,
      run: HelloCommand.run),
    Entry(
      name: "subscribe", summary: "follows a conversation, a run, an agent or everything", form: .subscribe,
      run: SubscribeCommand.run),
    Entry(
      name: "unsubscribe", summary: "ends a subscription", form: .unsubscribe, run: UnsubscribeCommand.run),
    Entry(name: "invoke", summary: "gives an agent a message", form: .invoke, run: InvokeCommand.run),
    Entry(
      name: "regenerate", summary: "answers a question again, by another agent if one is given",
      form: .regenerate, run: RegenerateCommand.run),
    Entry(name: "edit", summary: "asks a question in other words", form: .edit, run: EditCommand.run),
    Entry(
      name: "select", summary: "lets a conversation go through a message, a run or a branch", form: .select,
      run: SelectCommand.run),
    Entry(
      name: "fork", summary: "copies a conversation, up to a message if one is given", form: .fork,
      run: ForkCommand.run),
    Entry(name: "stop", summary: "stops a run or a replay", form: .stop, run: StopCommand.run),
    Entry(
      name: "approve", summary: "approves or denies the calls of tools that a run waits with", form: .approve,
      run: ApproveCommand.run),
    Entry(
      name: "replay", summary: "shows a conversation again, at its own pace or another", form: .replay,
      run: ReplayCommand.run
    ),
    Entry(
      name: "presence", summary: "tells who watches a conversation and who writes there", form: .presence,
      run: PresenceCommand.run),
    Entry(
      name: "typing", summary: "tells the others that somebody writes in a conversation", form: .typing,
      run: TypingCommand.run
    ),
    Entry(name: "pong", summary: "answers a ping", form: .pong, run: { _, _ in }),
  ]

  /// Name, summary, form and the form of `ok` of every command, for documents.
  package static var descriptions: [(name: String, summary: String, takes: Schema, gives: Schema)] {
    entries.map { entry in
      let head: Schema = ["id?": Command.identifier, "command": .constant(.string(entry.name))]
      var takes = head.adding(entry.form.takes)
      if entry.name == "pong" { takes = Schema.either(["pong": .anyObject], head.open) }
      return (
        entry.name, entry.summary, takes.named("Command.\(entry.name)"),
        entry.form.gives.named("Reply.\(entry.name)")
      )
    }
  }

  static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  static var names: String { entries.map(\.name).joined(separator: ", ") }

  /// Name and summary of every command, for the README's table.
  package static var summaries: [(name: String, summary: String)] { entries.map { ($0.name, $0.summary) } }
}
