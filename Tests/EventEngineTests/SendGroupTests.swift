import EventEngine
import Glibc
import TestKit
import Testing

struct SendGroupTests {
  /// A pair of connected stream sockets; the first one does not block.
  private static func pair() -> (near: Int32, far: Int32) {
    var ends: [Int32] = [-1, -1]
    let made = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    precondition(made == 0, "a test could not make a pair of sockets")
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private struct Outcome: Sendable {
    var members = 0
    /// By descriptor: the bytes that those who left during the send took of it.
    var left: [Int32: Int?] = [:]
    var open: [Bool] = []
    var writable: [Bool] = []
  }

  /// A group whose leavers are written down, by descriptor.
  private final class Watched {
    let group: SendGroup
    var descriptors: [Int32] = []
    var left: [Int32: Int?] = [:]

    init(isBatched: Bool) {
      group = SendGroup(ring: isBatched ? SendRing() : nil)
      group.left = { [unowned self] place, taken in
        left.updateValue(taken, forKey: descriptors[place])
        let last = descriptors.removeLast()
        if place < descriptors.count { descriptors[place] = last }
      }
    }

    func join(_ connection: Connection, _ descriptor: Int32) -> Bool {
      guard group.join(connection) else { return false }
      descriptors.append(descriptor)
      return true
    }
  }

  /// Sends `bytes` to a group of all sockets, and tells what became of each.
  private static func send(_ bytes: [UInt8], to sockets: [Int32], isBatched: Bool, on loops: TestLoops) throws
    -> Outcome
  {
    let inside = loops.inside { loop -> Outcome in
      let watched = Watched(isBatched: isBatched)
      let connections = sockets.map { loop.adopt(descriptor: $0) }
      for (connection, socket) in zip(connections, sockets) { _ = watched.join(connection, socket) }
      bytes.withUnsafeBytes { watched.group.send($0) }
      var outcome = Outcome(members: watched.group.count, left: watched.left)
      outcome.open = connections.map(\.isOpen)
      outcome.writable = connections.map(\.isWritable)
      for connection in connections { connection.finish() }
      return outcome
    }
    return try #require(inside)
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

  @Test(arguments: [true, false])
  func `everybody gets the bytes, however many they are`(isBatched: Bool) throws {
    let loops = try TestLoops()
    let pairs = (0..<600).map { _ in Self.pair() }
    let bytes = Array("one frame for all".utf8)
    let outcome = try Self.send(bytes, to: pairs.map(\.near), isBatched: isBatched, on: loops)
    #expect(outcome.members == 600)
    #expect(outcome.left.isEmpty)
    for pair in pairs {
      #expect(Self.receive(pair.far) == bytes)
      close(pair.far)
    }
  }

  @Test(arguments: [(true, 40), (true, 8), (false, 40), (false, 8)])
  func `a full socket and a broken one leave, the others stay`(isBatched: Bool, count: Int) throws {
    let loops = try TestLoops()
    let pairs = (0..<count).map { _ in Self.pair() }
    var size: Int32 = 4096
    setsockopt(pairs[2].near, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    close(pairs[5].far)
    let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let outcome = try Self.send(bytes, to: pairs.map(\.near), isBatched: isBatched, on: loops)
    let taken = try #require(outcome.left[pairs[2].near] ?? nil)
    #expect(taken < bytes.count)
    #expect(outcome.left[pairs[5].near] == 0)
    #expect(outcome.left.count == 2)
    #expect(outcome.members == count - 2)
    #expect(outcome.open == (0..<count).map { $0 != 5 })
    #expect(!outcome.writable[2])
    for (index, pair) in pairs.enumerated() where index != 5 {
      #expect(Self.receive(pair.far) == (index == 2 ? Array(bytes[..<taken]) : bytes))
      close(pair.far)
    }
  }

  @Test func `who has bytes waiting takes no part`() throws {
    let loops = try TestLoops()
    let pair = Self.pair()
    let isMember = loops.inside { loop -> Bool in
      let connection = loop.adopt(descriptor: pair.near)
      connection.send([UInt8](repeating: 1, count: 4 << 20))
      return SendGroup(ring: nil).join(connection)
    }
    #expect(isMember == false)
    close(pair.far)
  }

  /// What a member may do of its own that ends its membership.
  enum Reason: CaseIterable, Sendable {
    case sendsMuch, finishes, aborts, asksFor
  }

  @Test(arguments: Reason.allCases)
  func `a member that goes its own way has left, and the others go on`(reason: Reason) throws {
    let loops = try TestLoops()
    let pairs = (0..<3).map { _ in Self.pair() }
    let inside = loops.inside { loop -> Outcome in
      let watched = Watched(isBatched: true)
      let connections = pairs.map { loop.adopt(descriptor: $0.near) }
      for (connection, pair) in zip(connections, pairs) { _ = watched.join(connection, pair.near) }
      switch reason {
      case .sendsMuch: connections[0].send([UInt8](repeating: 1, count: 4 << 20))
      case .finishes: connections[0].finish()
      case .aborts: connections[0].abort()
      case .asksFor: connections[0].leaveGroup()
      }
      let again = watched.join(connections[0], pairs[0].near)
      if again { connections[0].leaveGroup() }
      [UInt8](repeating: 2, count: 10).withUnsafeBytes { watched.group.send($0) }
      for connection in connections { connection.finish() }
      return Outcome(members: again ? 1 : 0, left: watched.left)
    }
    let outcome = try #require(inside)
    let left = outcome.left
    #expect(left.keys.contains(pairs[0].near))
    #expect(left[pairs[0].near].map { $0 == nil } == true)
    #expect(
      outcome.members == (reason == .asksFor ? 1 : 0), "only a connection that can take bytes joins again")
    for pair in pairs[1...] {
      #expect(Self.receive(pair.far) == [UInt8](repeating: 2, count: 10))
      close(pair.far)
    }
    close(pairs[0].far)
  }
}
