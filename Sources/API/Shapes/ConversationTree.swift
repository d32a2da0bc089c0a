import Basics
import Model
import Storage

/// A conversation's branches, its forks with their versions, and a page of its messages with their places in it.
struct ConversationTree: JSONWritable {
  /// One version of what stands at a fork.
  private struct Version {
    let branch: Int
    let run: Identifier<Run>?
    let message: Identifier<Message>?
    let isSelected: Bool
  }

  private let conversation: Identifier<Conversation>
  private let tree: BranchTree
  private let forks: [(branch: Branch, versions: [Version])]
  private let items: [(message: Message, isSelected: Bool)]
  private let next: Int64?

  init(
    of conversation: Identifier<Conversation>, _ page: Page<Message, Int64>, in store: ReadTransaction
  ) throws {
    self.conversation = conversation
    tree = try store.branches.tree(of: conversation)
    let path = tree.path(to: tree.selected)
    items = try page.items.map { message in
      (message, path.contains(try store.messages.place(of: message), of: message.branch ?? 0))
    }
    next = page.next
    var forks: [(branch: Branch, versions: [Version])] = []
    for branch in tree.branches where !forks.contains(where: { $0.branch.isVersion(of: branch) }) {
      forks.append((branch, try Self.versions(of: branch, in: tree, store)))
    }
    self.forks = forks
  }

  private static func versions(
    of fork: Branch, in tree: BranchTree, _ store: ReadTransaction
  ) throws -> [Version] {
    let others = tree.branches.filter { $0.isVersion(of: fork) }
    let first = try answer(of: fork.before, store)
    let original = Version(
      branch: fork.parent, run: fork.before, message: fork.kind == .question ? fork.message : first,
      isSelected: !others.contains(where: \.isSelected))
    return [original]
      + (try others.map { branch in
        let run = try branch.run.flatMap { try store.runs.get($0) }
        let message = fork.kind == .question ? run?.input : try answer(of: branch.run, store)
        return Version(
          branch: branch.number, run: branch.run, message: message, isSelected: branch.isSelected)
      })
  }

  /// What a run said at last; nil while there is nothing.
  private static func answer(
    of run: Identifier<Run>?, _ store: ReadTransaction
  ) throws -> Identifier<Message>? {
    guard let run = try run.flatMap({ try store.runs.get($0) }) else { return nil }
    return try store.messages.get(run.output)?.id
  }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("conversation", conversation.text)
    writer.members(of: tree)
    writer.key("forks")
    writer.beginArray()
    for fork in forks { write(fork.branch, fork.versions, into: &writer) }
    writer.endArray()
    writer.key("items")
    writer.beginArray()
    for item in items { write(item.message, item.isSelected, into: &writer) }
    writer.endArray()
    writer.member("next", orNull: next.map { "\($0)" })
    writer.endObject()
  }

  private func write(_ fork: Branch, _ versions: [Version], into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("kind", fork.kind.rawValue)
    writer.member("message", fork.message.text)
    writer.member("parent", fork.parent)
    writer.key("versions")
    writer.beginArray()
    for version in versions {
      writer.beginObject()
      writer.member("branch", version.branch)
      writer.member("run", orNull: version.run?.text)
      writer.member("message", orNull: version.message?.text)
      writer.member("selected", version.isSelected)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }

  private func write(_ message: Message, _ isSelected: Bool, into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", message.id.text)
    writer.member("seq", message.seq)
    writer.member("parent", orNull: message.parent?.text)
    writer.member("branch", message.branch ?? 0)
    writer.member("run", orNull: message.run?.text)
    writer.member("role", message.role.rawValue)
    writer.member("type", message.type.rawValue)
    if let step = message.step { writer.member("step", step) }
    writer.member("selected", isSelected)
    writer.endObject()
  }
}

extension JSONWriter {
  /// Writes `branch`, the one at the end of the path, `path`, the branches that lead to it, and `branches`.
  mutating func members(of tree: BranchTree) {
    member("branch", tree.selected)
    key("path")
    beginArray()
    for segment in tree.path(to: tree.selected).segments { integer(segment.branch) }
    endArray()
    member("branches", tree.branches)
  }
}
