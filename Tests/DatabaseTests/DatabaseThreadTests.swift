import Database
import Glibc
import Synchronization
import TestKit
import Testing

struct DatabaseThreadTests {
  @Test func `a thread takes all that waits, and ends when the queue is closed`() throws {
    let queue = WorkQueue<Int>()
    let batches = Mutex<[[Int]]>([])
    for number in 1...5 { #expect(queue.put(number)) }
    queue.close()
    #expect(!queue.put(6))
    let thread = try DatabaseThread(name: "a-name-that-is-too-long") {
      while let jobs = queue.take(atMost: 2) { batches.withLock { $0.append(jobs) } }
    }
    thread.join()
    thread.join()
    #expect(batches.withLock { $0 } == [[1, 2], [3, 4], [5]])
  }

  @Test func `a sleeping thread is woken by each job`() throws {
    let questions = WorkQueue<Int>()
    let answers = WorkQueue<Int>()
    let thread = try DatabaseThread(name: "echo") {
      while let jobs = questions.take(atMost: 10) { for job in jobs { _ = answers.put(-job) } }
    }
    for number in 1...1000 {
      #expect(questions.put(number))
      #expect(answers.take(atMost: 10) == [-number])
    }
    questions.close()
    thread.join()
  }

  @Test func `a second hub is kept away until the first is gone`() throws {
    let folder = ScratchFolder()
    let path = "\(folder.path)/a.db"
    let lock = try DatabaseLock(path: path)
    let error = fault { _ = try DatabaseLock(path: path) }
    #expect(error?.reason == .locked)
    #expect(error?.message.contains("another hub has it open") == true)
    lock.release()
    #expect(fault { _ = try DatabaseLock(path: path) } == nil)
    #expect(fault { _ = try DatabaseLock(path: "\(folder.path)/none/a.db") }?.reason == .cannotOpen)
  }

  @Test func `a lock that is let go is free, even while a child still has its descriptor`() throws {
    let folder = ScratchFolder()
    let path = "\(folder.path)/a.db"
    let lock = try DatabaseLock(path: path)
    // What a process has between fork and exec: a second descriptor of the same open file.
    let inherited = try #require(
      (3..<65536).first { Self.name(of: $0) == "\(path)-lock" }.map { dup(Int32($0)) })
    defer { close(inherited) }
    lock.release()
    #expect(fault { _ = try DatabaseLock(path: path) } == nil)
  }

  private static func name(of descriptor: Int) -> String {
    var bytes = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
