import EventEngine
import Glibc
import TestKit
import Testing

struct SendBatchTests {
  /// A pair of connected stream sockets; the first one does not block.
  private static func pair() -> (near: Int32, far: Int32) {
    var ends: [Int32] = [-1, -1]
    let made = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    precondition(made == 0, "a test could not make a pair of sockets")
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private struct Outcome: Sendable {
    var shortfalls: [Int: Int] = [:]
    var accepted: [Bool] = []
    var open: [Bool] = []
    var writable: [Bool] = []
  }

  /// Sends `bytes` to each of some sockets in batches, and tells what became of each; nil where there is no io_uring.
  private static func send(_ bytes: [UInt8], to sockets: [Int32], on loops: TestLoops) throws -> Outcome? {
    let outcome = loops.inside { loop -> Outcome? in
      guard let batch = SendBatch() else { return nil }
      var outcome = Outcome()
      let connections = sockets.map { loop.adopt(descriptor: $0) }
      bytes.withUnsafeBytes { bytes in
        var first = 0
        for (index, connection) in connections.enumerated() {
          if batch.isFull {
            batch.flush { outcome.shortfalls[first + $0] = $1 }
            first = index
          }
          outcome.accepted.append(batch.add(bytes, to: connection))
        }
        batch.flush { outcome.shortfalls[first + $0] = $1 }
      }
      outcome.open = connections.map(\.isOpen)
      outcome.writable = connections.map(\.isWritable)
      for connection in connections { connection.finish() }
      return outcome
    }
    return try #require(outcome)
  }

  private static func receive(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return all }
      all += buffer[..<count]
    }
  }

  @Test func `everybody gets the bytes, in batches of any size`() throws {
    let loops = try TestLoops()
    let pairs = (0..<600).map { _ in Self.pair() }
    let bytes = Array("one frame for all".utf8)
    guard let outcome = try Self.send(bytes, to: pairs.map(\.near), on: loops) else { return }
    #expect(outcome.shortfalls.isEmpty)
    #expect(outcome.accepted.allSatisfy { $0 })
    for pair in pairs {
      #expect(Self.receive(pair.far) == bytes)
      close(pair.far)
    }
  }

  @Test func `a full socket and a broken one fall short, the others do not`() throws {
    let loops = try TestLoops()
    let pairs = (0..<8).map { _ in Self.pair() }
    var size: Int32 = 4096
    setsockopt(pairs[2].near, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    close(pairs[5].far)
    let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    guard let outcome = try Self.send(bytes, to: pairs.map(\.near), on: loops) else { return }
    let taken = try #require(outcome.shortfalls[2])
    #expect(taken < bytes.count)
    #expect(outcome.shortfalls[5] == 0)
    #expect(outcome.shortfalls.count == 2)
    #expect(outcome.open == [true, true, true, true, true, false, true, true])
    #expect(!outcome.writable[2])
    for (index, pair) in pairs.enumerated() where index != 5 {
      #expect(Self.receive(pair.far) == (index == 2 ? Array(bytes[..<taken]) : bytes))
      close(pair.far)
    }
  }

  @Test func `who has bytes waiting takes no part`() throws {
    let loops = try TestLoops()
    let pair = Self.pair()
    let accepted = loops.inside { loop -> Bool? in
      guard let batch = SendBatch() else { return nil }
      let connection = loop.adopt(descriptor: pair.near)
      connection.send([UInt8](repeating: 1, count: 4 << 20))
      return [UInt8](repeating: 2, count: 10).withUnsafeBytes { batch.add($0, to: connection) }
    }
    #expect(accepted != true)
    close(pair.far)
  }
}
