import Basics
import EventEngine
import Storage
import TestKit
import Testing

@testable import AgentHub

struct KeyExpiryTests {
  private let folder = ScratchFolder()

  private static let day: Int64 = 24 * 3600 * 1000

  private func open() throws -> Store {
    try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
  }

  private func keep(_ key: String, age: Int64, in store: Store) async throws {
    try await store.write { store in
      try store.idempotency.insert(
        IdempotencyRecord(
          route: "r", key: key, fingerprint: "",
          createdAt: Timestamp(milliseconds: store.now.milliseconds - age)))
    }
  }

  private func has(_ key: String, in store: Store) async throws -> Bool {
    try await store.read { try $0.idempotency.find(route: "r", key: key) } != nil
  }

  @Test func `a key is kept for a day`() async throws {
    let store = try open()
    defer { store.close() }
    try await keep("old", age: Self.day + 1, in: store)
    try await keep("young", age: Self.day - 60_000, in: store)
    try await KeyExpiry(store: store, log: .silent).run()
    #expect(try await has("old", in: store) == false)
    #expect(try await has("young", in: store))
  }

  @Test func `keys are looked through again and again`() async throws {
    let store = try open()
    let loop = try EventLoop(index: 0, log: .silent)
    try loop.start()
    KeyExpiry(store: store, log: .silent, interval: .milliseconds(5)).repeats(on: loop)
    for key in ["first", "second"] {
      try await keep(key, age: Self.day + 1, in: store)
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
      while try await has(key, in: store), ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(try await has(key, in: store) == false)
    }
    loop.stop()
    loop.join()
    store.close()
  }
}
