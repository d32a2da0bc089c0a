import Synchronization

// The keys behind the gate: shown, added, removed, reset.

extension ProviderGate {
  /// What is known of a key; nil when the key has left.
  package func keyState(_ fingerprint: String, of provider: String) -> KeyState? {
    state.withLock { state in
      guard let ring = state.rings[provider] else { return nil }
      return ring.number(of: fingerprint).flatMap { ring.pool.state(of: $0) }
    }
  }

  /// Every key as people may see it, provider by provider.
  package var keys: [ShownKey] {
    state.withLock { state in
      ProviderTable.rows.flatMap { state.rings[$0.name]?.shown ?? [] }
    }
  }

  /// The position of the key that a provider used last.
  package func currentKey(of provider: String) -> Int {
    state.withLock { $0.rings[provider]?.pool.current ?? 0 }
  }

  /// The latest event of a provider's keys, once.
  package func takeEvent(of provider: String) -> KeyPoolEvent? {
    state.withLock { $0.rings[provider]?.update { $0.takeEvent() } }
  }

  /// Adds a key while the hub runs. A key that is there already stays as it is.
  ///
  /// - Throws: `provider_unknown`, `key_pool_none`, `key_invalid`, `key_pool_full`.
  package func add(_ secret: String, to provider: String) throws(KeyError) -> ShownKey {
    let row = try KeyError.pooled(provider)
    guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") })
    else {
      throw .unusable
    }
    let fingerprint = KeyFingerprint.of(secret, provider: row.name, salt: salt)
    let isTaken = state.withLock { state in
      state.rings[row.name]?.add(secret, .added, fingerprint: fingerprint, state: known[fingerprint]) ?? false
    }
    bells[row.name]?.ring()
    guard isTaken, let key = keys.first(where: { $0.id == fingerprint }) else { throw .poolFull(row.title) }
    return key
  }

  /// Takes a key out of its pool; calls that use it go on.
  ///
  /// - Throws: `key_not_found`.
  package func remove(_ fingerprint: String) throws(KeyError) {
    try change(fingerprint) { ring, number in ring.remove(number) }
  }

  /// One key counts as healthy again.
  ///
  /// - Throws: `key_not_found`.
  package func reset(_ fingerprint: String) throws(KeyError) -> ShownKey {
    try change(fingerprint) { ring, number in _ = ring.update { $0.reset(number) } }
    guard let key = keys.first(where: { $0.id == fingerprint }) else { throw .notFound(fingerprint) }
    return key
  }

  /// All keys of a provider, or of all, count as healthy again, and circuits are closed; returns how many keys there are.
  package func reset(provider: String? = nil) -> Int {
    let count = state.withLock { state in
      var count = 0
      for name in state.rings.keys where provider == nil || name == provider {
        _ = state.rings[name]?.update { $0.reset() }
        count += state.rings[name]?.pool.count ?? 0
      }
      state.circuits = state.circuits.filter { entry in
        provider.map { !entry.key.hasPrefix("\($0) ") } ?? false
      }
      return count
    }
    for bell in bells.values { bell.ring() }
    return count
  }

  private func change(
    _ fingerprint: String, _ body: (inout KeyRing, KeyPoolMachine.Number) -> Void
  ) throws(KeyError) {
    let provider = state.withLock { state -> String? in
      for (name, var ring) in state.rings {
        guard let number = ring.number(of: fingerprint) else { continue }
        body(&ring, number)
        state.rings[name] = ring
        return name
      }
      return nil
    }
    guard let provider else { throw .notFound(fingerprint) }
    bells[provider]?.ring()
  }
}
