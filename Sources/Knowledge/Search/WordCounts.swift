import Synchronization

/// In how many chunks of a collection the common words are, so that not every search counts them again. A value.
///
/// Rare words are counted faster than they are remembered.
struct WordCounts: Sendable {
  private struct Entry {
    var revision: Int64
    var counts: [String: Int] = [:]
  }

  /// Chunks from which on a word is remembered.
  static let least = 200
  private static let mostWords = 20_000
  private static let mostCollections = 1000

  private var entries: [Int64: Entry] = [:]

  /// What is known of a word at a revision of its collection.
  func count(of word: String, in collection: Int64, at revision: Int64) -> Int? {
    guard let entry = entries[collection], entry.revision == revision else { return nil }
    return entry.counts[word]
  }

  /// Remembers a count, in the place of those of other revisions.
  mutating func keep(_ count: Int, of word: String, in collection: Int64, at revision: Int64) {
    guard count >= Self.least else { return }
    if entries.count >= Self.mostCollections, entries[collection] == nil { entries = [:] }
    if entries[collection]?.revision != revision { entries[collection] = Entry(revision: revision) }
    if entries[collection]?.counts.count ?? 0 >= Self.mostWords { entries[collection]?.counts = [:] }
    entries[collection]?.counts[word] = count
  }
}

/// The counts that all searches of a service share.
final class SharedWordCounts: Sendable {
  let known = Mutex(WordCounts())
}
