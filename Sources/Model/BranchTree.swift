/// The branches of a conversation, and which way its one path takes at each fork.
package struct BranchTree: Equatable, Sendable {
  /// By number, from 1.
  package private(set) var branches: [Branch]
  /// The branch at the end of the conversation's path.
  package private(set) var selected: Int

  /// - Parameter branches: all of a conversation, by number.
  package init(_ branches: [Branch] = []) {
    self.branches = branches
    selected = 0
    selected = end
  }

  /// The branch with a number; nil for the trunk, and for one that does not exist.
  package subscript(number: Int) -> Branch? {
    number >= 1 && number <= branches.count ? branches[number - 1] : nil
  }

  /// Whether there is a branch with a number, or it is the trunk's.
  package func contains(_ number: Int) -> Bool { number == 0 || self[number] != nil }

  /// The way from the conversation's beginning to the end of a branch.
  package func path(to number: Int) -> BranchPath {
    var segments = [BranchPath.Segment(branch: number, fork: nil)]
    while let branch = self[segments[0].branch], branch.parent < branch.number {
      segments.insert(BranchPath.Segment(branch: branch.parent, fork: branch), at: 0)
    }
    return BranchPath(segments: segments)
  }

  /// Adds the next branch, which the path takes from here on.
  ///
  /// - Parameter branch: its number is the next one.
  package mutating func add(_ branch: Branch) {
    branches.append(branch)
    pass(to: branch.number)
    selected = end
  }

  /// Lets the path end with a branch.
  package mutating func select(_ number: Int) {
    pass(to: number)
    for index in branches.indices where branches[index].parent == number {
      branches[index].isSelected = false
    }
    selected = end
  }

  /// Lets the path go through a place of a branch, and behind it where it went last.
  package mutating func select(_ place: Branch.Place, in number: Int) {
    pass(to: number)
    for index in branches.indices where branches[index].parent == number && !branches[index].sees(place) {
      branches[index].isSelected = false
    }
    selected = end
  }

  /// Lets the path come to the beginning of a branch.
  private mutating func pass(to number: Int) {
    var current = number
    while let branch = self[current], branch.parent < branch.number {
      for index in branches.indices where branches[index].parent == branch.parent {
        if branches[index].isVersion(of: branch) {
          branches[index].isSelected = branches[index].number == branch.number
        } else if branches[index].forks(before: branch) {
          branches[index].isSelected = false
        }
      }
      current = branch.parent
    }
  }

  /// Where the path ends that takes at each fork what is selected there.
  private var end: Int {
    var current = 0
    while let next = firstSelected(from: current) { current = next.number }
    return current
  }

  private func firstSelected(from parent: Int) -> Branch? {
    var first: Branch?
    for branch in branches where branch.parent == parent && branch.isSelected && branch.number > parent {
      if let known = first, !branch.forks(before: known) { continue }
      first = branch
    }
    return first
  }
}

/// A way through a conversation, from its beginning to the end of a branch.
package struct BranchPath: Equatable, Sendable {
  /// What the path takes of one branch.
  package struct Segment: Equatable, Sendable {
    package let branch: Int
    /// The branch with which the path goes on, and which sees no more than its fork; nil for the path's last.
    package let fork: Branch?

    package init(branch: Int, fork: Branch?) {
      self.branch = branch
      self.fork = fork
    }
  }

  /// From the trunk on. Everything of one stands before everything of the next: no branch begins while something before it is unfinished.
  package let segments: [Segment]

  /// Whether a place of a branch is on the path.
  package func contains(_ place: Branch.Place, of branch: Int) -> Bool {
    segments.contains { $0.branch == branch && $0.fork?.sees(place) ?? true }
  }
}
