package import Basics

/// One page of a list, and where the next one begins.
package struct Page<Item: Sendable, Position: Sendable>: Sendable {
  package var items: [Item]
  /// What to ask for next; nil when this page is the last.
  package var next: Position?

  /// Takes up to one row more than the page holds: the extra row tells that there is more.
  init(_ rows: consuming [Item], limit: Int, position: (Item) -> Position) {
    items = rows
    let hasMore = items.count > limit
    if hasMore { items.removeLast(items.count - limit) }
    next = hasMore ? items.last.map(position) : nil
  }

  init(items: [Item], next: Position?) {
    self.items = items
    self.next = next
  }
}

/// What became of a page that was written out row by row.
package struct WrittenPage: Equatable, Sendable {
  /// How many items it holds.
  package var count: Int
  /// What to ask for next; nil when this page is the last.
  package var next: Int64?

  package init(count: Int, next: Int64?) {
    self.count = count
    self.next = next
  }
}

/// A place in a list that is sorted by a moment and, within it, by id.
package struct ListPosition: Equatable, Sendable {
  package let at: Timestamp
  package let id: String

  package init(at: Timestamp, id: String) {
    self.at = at
    self.id = id
  }

  /// Reads what `text` gave; nil for anything else.
  package init?(text: String) {
    guard let dot = text.firstIndex(of: "."), let milliseconds = Int64(text[..<dot]) else { return nil }
    self.init(at: Timestamp(milliseconds: milliseconds), id: String(text[text.index(after: dot)...]))
  }

  /// The place as an opaque cursor.
  package var text: String { "\(at.milliseconds).\(id)" }
}
