import Basics
import Model
import Storage

/// Which messages of a conversation `?branch=` asks for.
enum BranchChoice: Equatable, Sendable {
  /// Those on the conversation's path.
  case selected
  case all
  /// Those on the path to the end of a branch.
  case number(Int)

  /// - Throws: `invalid_query`.
  init(_ query: RequestQuery) throws(APIError) {
    switch query["branch"] {
    case nil, "selected": self = .selected
    case "all": self = .all
    case let text?:
      guard let number = Int(text), number >= 0 else {
        throw .invalidQuery("branch", mustBe: "selected, all, or the number of a branch")
      }
      self = .number(number)
    }
  }

  /// The path to read along; nil where all messages are wanted, or there is but one way.
  ///
  /// - Throws: `branch_not_found`.
  func path(in conversation: Identifier<Conversation>, _ store: ReadTransaction) throws -> BranchPath? {
    switch self {
    case .all: return nil
    case .selected: return try store.branches.selectedPath(of: conversation)
    case .number(let number):
      let tree = try store.branches.tree(of: conversation)
      guard tree.contains(number) else {
        throw APIError.notFound("branch", "\(number)", list: "/api/conversations/\(conversation)/tree")
      }
      return tree.path(to: number)
    }
  }
}
