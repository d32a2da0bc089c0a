/// The commands of `agenthub.v1`: to add one is a file in `Commands` and a line here.
package enum CommandTable {
  /// One command: its name, what it is for, and what it does.
  struct Entry: Sendable {
    let name: String
    let summary: String
    let run: @Sendable (Command, Session) throws(CommandError) -> Void
  }

  static let entries: [Entry] = [
    Entry(name: "hello", summary: "greets, and resumes everything after a position", run: HelloCommand.run),
    Entry(
      name: "subscribe", summary: "follows a conversation, a run, an agent or everything",
      run: SubscribeCommand.run),
    Entry(name: "unsubscribe", summary: "ends a subscription", run: UnsubscribeCommand.run),
    Entry(name: "invoke", summary: "gives an agent a message", run: InvokeCommand.run),
    Entry(name: "stop", summary: "stops a run or a replay", run: StopCommand.run),
    Entry(
      name: "approve", summary: "approves or denies the calls of tools that a run waits with",
      run: ApproveCommand.run),
    Entry(
      name: "replay", summary: "shows a conversation again, at its own pace or another",
      run: ReplayCommand.run
    ),
    Entry(
      name: "presence", summary: "tells who watches a conversation and who writes there",
      run: PresenceCommand.run),
    Entry(
      name: "typing", summary: "tells the others that somebody writes in a conversation",
      run: TypingCommand.run
    ),
    Entry(name: "pong", summary: "answers a ping", run: { _, _ in }),
  ]

  static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  static var names: String { entries.map(\.name).joined(separator: ", ") }

  /// Name and summary of every command, for the README's table.
  package static var summaries: [(name: String, summary: String)] { entries.map { ($0.name, $0.summary) } }
}
