import Basics

/// The keys of one provider: the pool's rules and the secrets they stand for.
struct KeyRing: Sendable {
  /// Where a key came from.
  enum Source: String, Sendable {
    case environment
    /// Added while the hub runs; gone with it.
    case added
  }

  private struct Entry {
    let secret: String
    let source: Source
    let fingerprint: String
  }

  let provider: String
  private(set) var pool: KeyPoolMachine
  private var entries: [KeyPoolMachine.Number: Entry] = [:]

  init(provider: String, callsPerKey: Int) {
    self.provider = provider
    pool = KeyPoolMachine(callsPerKey: callsPerKey)
  }

  /// Calls the pool's rules.
  mutating func update<Value>(_ change: (inout KeyPoolMachine) -> Value) -> Value { change(&pool) }

  func secret(of key: KeyPoolMachine.Number) -> String? { entries[key]?.secret }
  func fingerprint(of key: KeyPoolMachine.Number) -> String? { entries[key]?.fingerprint }

  /// The key of a fingerprint.
  func number(of fingerprint: String) -> KeyPoolMachine.Number? {
    entries.first { $0.value.fingerprint == fingerprint }?.key
  }

  /// Adds a key with what is known of it; false when the pool is full. A key that is there already stays as it is.
  mutating func add(_ secret: String, _ source: Source, fingerprint: String, state: KeyState?) -> Bool {
    guard number(of: fingerprint) == nil else { return true }
    guard let number = pool.add(state ?? KeyState()) else { return false }
    entries[number] = Entry(secret: secret, source: source, fingerprint: fingerprint)
    return true
  }

  mutating func remove(_ key: KeyPoolMachine.Number) {
    _ = pool.remove(key)
    entries[key] = nil
  }

  /// The keys as people may see them, in their order.
  var shown: [ShownKey] {
    pool.numbers.enumerated().compactMap { position, number in
      guard let entry = entries[number], let state = pool.state(of: number) else { return nil }
      return ShownKey(
        id: entry.fingerprint, provider: provider, position: position, masked: SecretMask.shown(entry.secret),
        source: entry.source.rawValue, state: state, isProbed: pool.isProbed(number),
        callsInFlight: pool.callsInFlight(with: number))
    }
  }
}

/// One key as people may see it.
package struct ShownKey: Equatable, Sendable {
  /// Names the key on every surface: a hash that nobody can turn back.
  package let id: String
  package let provider: String
  /// From 0.
  package let position: Int
  /// At most the last four characters.
  package let masked: String
  /// `environment` or `added`.
  package let source: String
  package let state: KeyState
  /// Whether a call is finding out if it is well again.
  package let isProbed: Bool
  package let callsInFlight: Int
}

/// Names keys without showing them.
package enum KeyFingerprint {
  /// The first 128 bits of a hash of the database's salt, the provider and the key: the same key has other names in other databases.
  package static func of(_ secret: String, provider: String, salt: String) -> String {
    let digest = SHA256.digest(Array("\(salt)\0\(provider)\0\(secret)".utf8))
    let digits = Array("0123456789abcdef")
    return String(digest.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
