import Basics
import Database
import Model
import Storage
import Testing

struct IdempotencyStoreTests {
  let scratch = ScratchStore()

  @Test func `a key holds one request of a route and its answer`() async throws {
    try await scratch.use { store in
      let record = IdempotencyRecord(
        route: "invoke", key: "k", fingerprint: "f", resource: "r1", createdAt: Timestamp(milliseconds: 5))
      try await store.write { try $0.idempotency.insert(record) }
      #expect(try await store.read { try $0.idempotency.find(route: "invoke", key: "k") } == record)
      #expect(try await store.read { try $0.idempotency.find(route: "agents", key: "k") } == nil)
      let error = await #expect(throws: DatabaseError.self) {
        try await store.write { try $0.idempotency.insert(record) }
      }
      #expect(error?.reason == .constraint)
      try await store.write {
        try $0.idempotency.setAnswer(route: "invoke", key: "k", status: 200, body: Array("{}".utf8))
      }
      var answered = record
      answered.status = 200
      answered.body = Array("{}".utf8)
      #expect(try await store.read { try $0.idempotency.find(route: "invoke", key: "k") } == answered)
    }
  }

  @Test func `a key can be freed, alone or by age`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        for (key, at) in [("a", 1), ("b", 2), ("c", 3)] {
          try transaction.idempotency.insert(
            IdempotencyRecord(
              route: "r", key: key, fingerprint: "", createdAt: Timestamp(milliseconds: Int64(at))))
        }
        try transaction.idempotency.delete(route: "r", key: "c")
        #expect(try transaction.idempotency.delete(olderThan: Timestamp(milliseconds: 2)) == 1)
      }
      let left = try await store.read { transaction in
        try ["a", "b", "c"].filter { try transaction.idempotency.find(route: "r", key: $0) != nil }
      }
      #expect(left == ["b"])
    }
  }
}
