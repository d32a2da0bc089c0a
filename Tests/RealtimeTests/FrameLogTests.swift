import Realtime
import TestKit
import Testing

struct FrameLogTests {
  static func append(_ text: String, to log: FrameLog) {
    Array(text.utf8).withUnsafeBytes { log.append($0) }
  }

  static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func `frames are numbered from the given number and read as one stretch`() throws {
    let log = try FrameLog(next: 7)
    #expect(log.first == 7 && log.next == 7)
    for text in ["one", "two", "three"] { Self.append(text, to: log) }
    #expect(log.first == 7 && log.next == 10)
    #expect(Self.text(log.frames(from: 7)) == "onetwothree")
    #expect(Self.text(log.frames(from: 9)) == "three")
    #expect(Self.text(log.frame(8)) == "two")
    #expect(log.frames(from: 10).isEmpty)
    #expect(log.length(from: 7, through: 8) == 6)
    #expect(log.length(from: 7, through: 6) == 0)
  }

  @Test func `a byte count finds the frame it ends in`() throws {
    let log = try FrameLog(next: 1)
    for text in ["abc", "de", "f"] { Self.append(text, to: log) }
    #expect((0..<6).map { log.frame(holding: $0, after: 1) } == [1, 1, 1, 2, 2, 3])
    #expect(log.frame(holding: 0, after: 2) == 2)
  }

  @Test func `the oldest frames go when there are too many`() throws {
    let log = try FrameLog(next: 1, limits: FrameLog.Limits(bytes: 4096, frames: 4))
    for number in 1...10 { Self.append("\(number);", to: log) }
    #expect(log.first == 7 && log.next == 11)
    #expect(Self.text(log.frames(from: 7)) == "7;8;9;10;")
  }

  /// Whatever the sizes, what is kept is what was added, also across the ring's end.
  @Test(arguments: 0..<20)
  func `the ring keeps what was added`(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let log = try FrameLog(next: 1, limits: FrameLog.Limits(bytes: 8192, frames: 64))
    var all = [""]
    for number in 1...500 {
      let text = String(repeating: "\(number % 10)", count: Int.random(in: 0...700, using: &random))
      all.append(text)
      Self.append(text, to: log)
      #expect(log.next == Int64(number + 1))
      let kept = all[Int(log.first)...number]
      #expect(kept.reduce(0) { $0 + $1.utf8.count } <= 8192 && kept.count <= 64)
      #expect(Self.text(log.frames(from: log.first)) == kept.joined())
    }
  }
}
