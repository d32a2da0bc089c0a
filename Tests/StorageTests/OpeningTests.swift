import Basics
import Database
import Glibc
import Storage
import TestKit
import Testing

struct OpeningTests {
  let scratch = ScratchStore()

  private func refusal() -> (any CodedError)? {
    do {
      try scratch.open().close()
      return nil
    } catch {
      return error as? any CodedError
    }
  }

  @Test func `a second hub on the same database is refused`() throws {
    let store = try scratch.open()
    #expect(refusal()?.code == "database_locked")
    store.close()
    #expect(refusal() == nil)
    withExtendedLifetime(store) {}
  }

  @Test func `a closed store lets go of who listened`() throws {
    final class Listener: Sendable {}
    let store = try scratch.open()
    weak var listener: Listener?
    do {
      let strong = Listener()
      listener = strong
      store.publish { _ in withExtendedLifetime(strong) {} }
    }
    #expect(listener != nil)
    store.close()
    #expect(listener == nil)
  }

  @Test func `a database from the future is refused`() throws {
    try scratch.open().close()
    try scratch.connect().execute("INSERT INTO schema_migrations VALUES (9999, '9999_add_more', 'x', 0)")
    let error = refusal()
    #expect(error?.code == "database_from_the_future")
    #expect(error?.message.contains("9999_add_more") == true)
  }

  @Test func `an edited migration is refused`() throws {
    try scratch.open().close()
    try scratch.connect().execute("UPDATE schema_migrations SET checksum = 'other'")
    #expect(refusal()?.code == "migration_edited")
  }

  @Test func `a path in a missing folder is refused with a hint`() {
    var configuration = StoreConfiguration(path: "\(scratch.folder.path)/none/hub.db")
    configuration.boot = "b"
    let error = #expect(throws: DatabaseError.self) { try Store.open(configuration, log: .silent) }
    #expect(error?.reason == .cannotOpen)
  }

  @Test func `the numbering keeps its name over clean stops and boots`() throws {
    let epoch = try opened(boot: "one")
    #expect(epoch.utf8.count == 8)
    #expect(try opened(boot: "two") == epoch)
  }

  @Test func `the numbering keeps its name after a crash of the process`() throws {
    let epoch = try opened(boot: "one")
    try scratch.connect().execute("UPDATE hub SET stopped_cleanly = 0")
    #expect(try opened(boot: "one") == epoch)
  }

  @Test func `the numbering gets another name after a crash of the machine`() throws {
    let epoch = try opened(boot: "one")
    try scratch.connect().execute("UPDATE hub SET stopped_cleanly = 0")
    let next = try opened(boot: "two")
    #expect(next != epoch)
    #expect(try opened(boot: "three") == next)
  }

  @Test func `only its owner may read a database`() throws {
    let store = try scratch.open()
    for name in scratch.folder.names {
      var status = stat()
      stat("\(scratch.folder.path)/\(name)", &status)
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
    #expect(scratch.folder.names.contains("hub.db-wal"))
    store.close()
  }

  private func opened(boot: String) throws -> String {
    let store = try scratch.open(boot: boot)
    defer { store.close() }
    return store.epoch
  }
}
