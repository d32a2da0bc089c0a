import Basics
import Testing

@testable import Model

struct BranchTreeTests {
  /// Branches of a conversation whose runs `r1` to `r9` asked at the positions 10 to 90.
  private static func tree(_ rows: [(parent: Int, kind: Branch.Kind, run: Int)]) -> BranchTree {
    var tree = BranchTree()
    for (index, row) in rows.enumerated() {
      tree.add(
        Branch(
          number: index + 1, parent: row.parent, kind: row.kind, message: Identifier("q\(row.run)"),
          from: Int64(10 * row.run), until: Int64(10 * row.run), before: Identifier("r\(row.run)"),
          run: nil, createdAt: Timestamp(milliseconds: 0)))
    }
    return tree
  }

  @Test func `a path takes the newest branch, and goes where it is sent`() {
    var tree = Self.tree([(0, .answer, 1), (0, .question, 3), (2, .answer, 4), (0, .answer, 1)])
    #expect(tree.selected == 4)
    tree.select(.message(seq: 35, run: Identifier("r3")), in: 0)
    #expect(tree.selected == 0)
    tree.select(3)
    #expect(tree.selected == 3)
    // Back to what stands before the inner fork: the way behind it is as it was left.
    tree.select(.message(seq: 32, run: Identifier("r3")), in: 2)
    #expect(tree.selected == 3)
    tree.select(1)
    tree.select(.message(seq: 10, run: Identifier("r1")), in: 0)
    #expect(tree.selected == 1)
    tree.select(.answers(run: Identifier("r1"), question: 10), in: 0)
    // The fork behind it is taken as it was taken last.
    #expect(tree.selected == 3)
    #expect(BranchTree(tree.branches) == tree)
    #expect(tree.path(to: 3).segments.map(\.branch) == [0, 2, 3])
  }

  @Test(arguments: [
    (Branch.Kind.answer, 9, "r0", true), (.answer, 10, "r1", true), (.answer, 11, "r1", false),
    (.answer, 11, "r0", true), (.answer, 21, "r0", false), (.question, 9, "r0", true),
    (.question, 10, "r1", false), (.question, 12, "r0", true), (.question, 12, "r2", false),
  ])
  func `a branch sees what stands before its fork, in the order of runs`(
    kind: Branch.Kind, seq: Int64, run: String, isSeen: Bool
  ) {
    let branch = Branch(
      number: 1, parent: 0, kind: kind, message: Identifier("q"), from: 10, until: 20,
      before: Identifier("r1"),
      run: nil, createdAt: Timestamp(milliseconds: 0))
    #expect(branch.sees(.message(seq: seq, run: Identifier(run))) == isSeen)
    #expect(branch.sees(.message(seq: seq, run: nil)) == (seq <= branch.certain))
  }
}
