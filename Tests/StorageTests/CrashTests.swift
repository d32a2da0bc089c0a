import Basics
import Database
import Glibc
import Model
import Storage
import Synchronization
import TestKit
import Testing

/// What happens when the process is killed or the disk is full. Each part that dies runs in a process of its own.
struct CrashTests {
  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))), arguments: [50, 400, 1500])
  func `after kill -9 nothing that was published is missing`(events: Int) async throws {
    let scratch = ScratchStore()
    let path = scratch.path
    let seen = "\(scratch.folder.path)/seen"
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, seen = seen as String, events = events as Int] in
      try await Self.writeUntilKilled(path: path, seen: seen, events: events)
    }
    let published = Self.offsets(in: seen)
    #expect(published.count >= events)
    try await scratch.use { store in
      let stored = try await store.read { try $0.events.page(after: 0, limit: 100_000) }.items
      #expect(stored.map(\.offset) == Array(1...Int64(stored.count)))
      #expect(published == Array(1...Int64(published.count)))
      #expect(stored.count >= published.count)
    }
  }

  private static func writeUntilKilled(path: String, seen: String, events: Int) async throws {
    let store = try Store.open(StoreConfiguration(path: path), log: .silent)
    let file = open(seen, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let count = Mutex(0)
    store.publish { published in
      for event in published {
        let line = "\(event.event.offset)\n"
        _ = write(file, line, line.utf8.count)
      }
      if count.withLock({
        $0 += published.count; return $0
      }) >= events {
        kill(getpid(), SIGKILL)
      }
    }
    let id = try await store.write { try $0.conversations.create().id }
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          while (try? await store.write(writer == 0 ? .synced : .relaxed, { try $0.appendDelta("x", to: id) }))
            != nil
          {}
        }
      }
    }
  }

  private static func offsets(in path: String) -> [Int64] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").compactMap {
      Int64($0)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `a full disk is an error for every job of the batch, and nothing is half`() async {
    let scratch = ScratchStore()
    let path = scratch.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      try await Self.fillDisk(path: path)
    }
    withExtendedLifetime(scratch) {}
  }

  private static func fillDisk(path: String) async throws {
    signal(SIGXFSZ, SIG_IGN)
    let store = try Store.open(StoreConfiguration(path: path), log: .silent)
    let recorder = Recorder()
    recorder.record(store)
    let id = try await store.write { try $0.conversations.create().id }
    setFileLimit(2 << 20)
    let text = String(repeating: "long ", count: 4000)
    var stored: Int64 = 1
    var failure: (any Error)?
    while failure == nil, stored < 1000 {
      do {
        try await store.write { _ = try $0.say(text, in: id) }
        stored += 1
      } catch {
        failure = error
      }
    }
    #expect((failure as? DatabaseError)?.reason == .diskFull, "\(String(describing: failure))")
    // A group of jobs fails as one.
    let errors = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask { (try? await store.write { _ = try $0.say(text, in: id) }) == nil }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(errors == 20)
    #expect(recorder.all.map(\.event.offset) == Array(1...stored))
    setFileLimit(rlim_t.max)
    let event = try await store.write { try $0.appendDelta("after", to: id) }
    #expect(event.offset == stored + 1 && event.seq == stored + 1)
    let count = try await store.read { try $0.messages.page(of: id, limit: 10_000).items.count }
    #expect(Int64(count) == stored - 1)
    store.close()
  }

  private static func setFileLimit(_ bytes: rlim_t) {
    var limit = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
    #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)
  }
}
