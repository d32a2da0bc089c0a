package import Basics
package import Providers
package import Storage

// What the hub knows of providers' keys outlives its process.

extension ProviderKeyRecord {
  /// What is stored of a key.
  init(_ fingerprint: String, of provider: String, _ state: KeyState) {
    self.init(
      fingerprint: fingerprint, provider: provider, condition: state.condition.rawValue, until: state.until,
      strikes: state.strikes, uses: state.uses, errors: state.errors, lastUsedAt: state.lastUsed,
      lastFailure: state.lastFailure, lastStatus: state.lastStatus)
  }
}

extension KeyState {
  /// What was stored of a key.
  init(_ record: ProviderKeyRecord) {
    self.init()
    condition = Condition(rawValue: record.condition) ?? .healthy
    until = condition == .healthy ? nil : record.until ?? Timestamp(milliseconds: 0)
    strikes = record.strikes
    uses = record.uses
    errors = record.errors
    lastUsed = record.lastUsedAt
    lastFailure = record.lastFailure
    lastStatus = record.lastStatus
  }
}

extension ProviderGate {
  /// Makes a gate that knows what earlier processes learned of keys.
  package static func make(
    settings: ProviderSettings, limits: Limits = Limits(), store: Store, log: Log
  ) async throws -> ProviderGate {
    let (salt, records) = try await store.read { try ($0.providerKeys.salt(), $0.providerKeys.list()) }
    let known = Dictionary(uniqueKeysWithValues: records.map { ($0.fingerprint, KeyState($0)) })
    return ProviderGate(settings: settings, salt: salt, known: known, limits: limits, log: log)
  }
}

extension RunService {
  /// Adds a key to a provider's pool, until the hub stops. What was known of it counts.
  ///
  /// - Throws: `KeyError`.
  package nonisolated func addKey(_ secret: String, to provider: String) throws -> ShownKey {
    try gate.add(secret, to: provider)
  }

  /// One key counts as healthy again, also after a restart.
  ///
  /// - Throws: `KeyError`, what the store throws.
  package nonisolated func resetKey(_ fingerprint: String) async throws -> ShownKey {
    let key = try gate.reset(fingerprint)
    try await storeKeys([key])
    return key
  }

  /// All keys of a provider, or of all, count as healthy again, also after a restart; returns how many there are.
  package nonisolated func resetKeys(of provider: String? = nil) async throws -> Int {
    let count = gate.reset(provider: provider)
    try await storeKeys(gate.keys.filter { provider == nil || $0.provider == provider })
    return count
  }

  private nonisolated func storeKeys(_ keys: [ShownKey]) async throws {
    let gate = gate
    try await store.write { store in
      for key in keys {
        guard let state = gate.keyState(key.id, of: key.provider) else { continue }
        try store.providerKeys.put(ProviderKeyRecord(key.id, of: key.provider, state))
      }
    }
  }
}
