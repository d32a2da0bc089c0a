/// What sessions have fetched, so that it is not fetched again. A value: time comes from outside.
package struct SessionCache: Sendable {
  /// For whom something was fetched, and from where.
  package struct Key: Hashable, Sendable {
    package let tenant: String
    package let session: String
    package let collection: String

    package init(tenant: String, session: String, collection: String) {
      self.tenant = tenant
      self.session = session
      self.collection = collection
    }
  }

  private struct Entry {
    let text: String
    let revision: Int64
    let at: UInt64
    var lastUse: UInt64
  }

  /// How much is kept, and for how long.
  package struct Limits: Equatable, Sendable {
    package var entries = 1000
    package var bytes = 32 << 20
    /// Nanoseconds since something was fetched.
    package var lifetime: UInt64 = 3_600_000_000_000

    package init() {}
  }

  private let limits: Limits
  private var entries: [Key: Entry] = [:]
  private var bytes = 0
  private var uses: UInt64 = 0

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// How many texts are kept.
  package var count: Int { entries.count }

  /// What a session has; nil when it has nothing, when that is too old, or when the collection has changed since.
  ///
  /// - Parameter now: nanoseconds on any clock that only goes forward.
  package mutating func text(for key: Key, revision: Int64, now: UInt64) -> String? {
    guard let entry = entries[key] else { return nil }
    guard entry.revision == revision, now < entry.at + limits.lifetime else {
      remove(key)
      return nil
    }
    uses += 1
    entries[key]?.lastUse = uses
    return entry.text
  }

  /// Keeps a text for a session, in the place of those that were not used for longest.
  package mutating func keep(_ text: String, for key: Key, revision: Int64, now: UInt64) {
    remove(key)
    guard text.utf8.count <= limits.bytes, limits.entries > 0 else { return }
    while entries.count >= limits.entries || bytes + text.utf8.count > limits.bytes,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      remove(oldest.key)
    }
    uses += 1
    entries[key] = Entry(text: text, revision: revision, at: now, lastUse: uses)
    bytes += text.utf8.count
  }

  /// Forgets what a session has.
  package mutating func forget(session: String, tenant: String) {
    for key in entries.keys where key.session == session && key.tenant == tenant { remove(key) }
  }

  private mutating func remove(_ key: Key) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    bytes -= entry.text.utf8.count
  }
}
