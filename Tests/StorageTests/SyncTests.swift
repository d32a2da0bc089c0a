import Basics
import Database
import Glibc
import Model
import TestKit
import Testing

@testable import Storage

/// The promise behind a write: on the disk, not only in the operating system's hands.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct SyncTests {
  @Test func `those who wait are told when the disk has it`() async throws {
    let scratch = ScratchStore()
    try await scratch.use { store in
      let id = try await store.write(.relaxed) { try $0.conversations.create().id }
      try await store.synced()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 {
          group.addTask { () async throws in
            _ = try await store.write(.synced) { try $0.appendDelta("x", to: id) }
          }
        }
        try await group.waitForAll()
      }
      let head = try await store.read { try $0.events.head() }
      #expect(head == 51)
    }
  }

  @Test func `a disk that cannot be written fails those who wait, with what to do`() async throws {
    let folder = ScratchFolder()
    // Nothing can be synced there: fdatasync says EINVAL.
    #expect(symlink("/dev/null", "\(folder.path)/hub.db-wal") == 0)
    let driver = try SyncDriver(path: "\(folder.path)/hub.db", log: .silent)
    let failure = await withCheckedContinuation { told in
      #expect(driver.put { told.resume(returning: $0) })
    }
    #expect((failure as? DatabaseError)?.reason == .inputOutput)
    #expect((failure as? DatabaseError)?.hint?.isEmpty == false)
    driver.close()
    #expect(!driver.put { _ in Issue.record("nobody is called back by a driver that is closed") })
  }

  @Test func `a log that is not there is named`() throws {
    let folder = ScratchFolder()
    let error = #expect(throws: DatabaseError.self) {
      try WriteAheadLog(ofDatabase: "\(folder.path)/none.db")
    }
    #expect(error?.message.contains("none.db-wal") == true)
  }

  @Test func `a store that is closed promises nothing`() async throws {
    let scratch = ScratchStore()
    let store = try Store.open(StoreConfiguration(path: scratch.path), log: .silent)
    store.close()
    await #expect(throws: StoreError.self) { try await store.synced() }
  }
}
