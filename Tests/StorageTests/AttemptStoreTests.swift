import Basics
import Model
import Storage
import Testing

struct AttemptStoreTests {
  let scratch = ScratchStore()

  private static func attempt(_ number: Int) -> Attempt {
    Attempt(
      run: Identifier("r"), number: number, agent: Identifier("a"), agentVersion: 2, provider: "openai",
      model: "gpt-4", keyIndex: 3, key: "f00", startedAt: Timestamp(milliseconds: 5))
  }

  @Test func `an attempt is stored when it begins and again when it is over`() async throws {
    try await scratch.use { store in
      var attempt = Self.attempt(1)
      let begun = attempt
      try await store.write { try $0.attempts.put(begun) }
      #expect(try await store.read { try $0.attempts.ofRun(Identifier("r")) } == [begun])
      attempt.status = .failed
      attempt.httpStatus = 429
      attempt.error = RunFailure(code: "provider_rate_limited", message: "slow down", hint: "wait")
      attempt.usage = Usage(inputTokens: 1, outputTokens: 2)
      attempt.answeredAt = Timestamp(milliseconds: 6)
      attempt.finishedAt = Timestamp(milliseconds: 7)
      let (ended, next) = (attempt, Self.attempt(2))
      try await store.write {
        try $0.attempts.put(ended)
        try $0.attempts.put(next)
      }
      #expect(try await store.read { try $0.attempts.ofRun(Identifier("r")) } == [ended, next])
    }
  }

  @Test func `attempts that a process left open are interrupted by the next`() async throws {
    try await scratch.use { store in
      try await store.write { try $0.attempts.put(Self.attempt(1)) }
    }
    try await scratch.use { store in
      let attempts = try await store.read { try $0.attempts.ofRun(Identifier("r")) }
      #expect(attempts.map(\.status) == [.interrupted])
      #expect(attempts[0].finishedAt != nil)
    }
  }
}

struct ProviderKeyStoreTests {
  let scratch = ScratchStore()

  @Test func `what is known of a key comes back after a restart, the newest only`() async throws {
    var record = ProviderKeyRecord(fingerprint: "f", provider: "bytez", condition: "healthy", uses: 1)
    let healthy = record
    try await scratch.use { store in
      try await store.write { try $0.providerKeys.put(healthy) }
    }
    record = ProviderKeyRecord(
      fingerprint: "f", provider: "bytez", condition: "invalid", until: Timestamp(milliseconds: 9),
      strikes: 2,
      uses: 3, errors: 4, lastUsedAt: Timestamp(milliseconds: 8), lastFailure: "401 no")
    let invalid = record
    try await scratch.use { store in
      try await store.write { try $0.providerKeys.put(invalid) }
    }
    let stored = try await scratch.use { store in try await store.read { try $0.providerKeys.list() } }
    #expect(stored == [invalid])
  }

  @Test func `every database has a salt of its own, for good`() async throws {
    let first = try await scratch.use { store in try await store.read { try $0.providerKeys.salt() } }
    let again = try await scratch.use { store in try await store.read { try $0.providerKeys.salt() } }
    let other = try await ScratchStore().use { store in try await store.read { try $0.providerKeys.salt() } }
    #expect(first == again && first != other && first.count == 64)
  }
}
