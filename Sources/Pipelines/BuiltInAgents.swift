package import Basics
package import Model

/// Agents that exist without a row. They are invoked like any other but never listed.
package enum BuiltInAgents {
  /// Answers offline and says so, that the live page can be seen to work before any key is set.
  package static let demo = Agent(
    id: Identifier("demo"), name: "Demo", description: "Answers offline, from the hub itself.",
    provider: "demo",
    model: "demo", emoji: "🎈", createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))

  /// The built-in agent of an id.
  package static func agent(_ id: Identifier<Agent>) -> Agent? { id == demo.id ? demo : nil }
}
