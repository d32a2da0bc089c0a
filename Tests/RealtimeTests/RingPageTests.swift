import Basics
import Model
import Testing

@testable import Realtime

/// What is caught up from the ring instead of the store.
struct RingPageTests {
  /// A log that holds the frames `first..<next`.
  private static func log(_ first: Int64, _ next: Int64, size: Int = 100) throws -> FrameLog {
    let log = try FrameLog(next: first, limits: .init(bytes: 1 << 20, frames: 1 << 14))
    let frame = [UInt8](repeating: 1, count: size)
    for _ in first..<next { frame.withUnsafeBytes { log.append($0) } }
    return log
  }

  @Test(arguments: [
    // What is in the ring, up to the cursor.
    (after: Int64(9), through: Int64(19), frames: Int64(10)..<Int64(20)),
    (after: 14, through: 17, frames: 15..<18),
    // Nothing was missed.
    (after: 17, through: 17, frames: 0..<0),
  ])
  func `a position that the ring still has needs no store`(after: Int64, through: Int64, frames: Range<Int64>)
    throws
  {
    let page = try #require(
      CatchUp.page(
        at: .log(after: after, topic: .everything), through: through, in: try Self.log(10, 20)))
    #expect(page.frames == frames)
    #expect(page.head == through)
    #expect(page.recovered)
    #expect(page.next == nil)
    #expect(page.events.isEmpty)
  }

  @Test(arguments: [
    CatchUp.Position.log(after: 8, topic: .everything), .log(after: 20, topic: .everything),
    .conversation(Identifier("c"), after: 12), .snapshot(Identifier("c")), .hubSnapshot,
  ])
  func `the store is asked for everything else`(position: CatchUp.Position) throws {
    let log = try Self.log(10, 20)
    #expect(CatchUp.page(at: position, through: 19, in: log) == nil)
  }

  @Test(arguments: [(size: 50, frames: Int64(4096)), (size: 1000, frames: 262)])
  func `a long stretch comes in pages that end where the next begins`(size: Int, frames: Int64) throws {
    let log = try Self.log(10, 6010, size: size)
    var (after, pages) = (log.first + 5, 0)
    while true {
      let page = try #require(
        CatchUp.page(at: .log(after: after, topic: .agent(Identifier("a"))), through: 6000, in: log))
      #expect(page.frames.lowerBound == after + 1)
      pages += 1
      guard case .log(let next, .agent)? = page.next else {
        #expect(page.frames.upperBound == 6001)
        break
      }
      #expect(page.frames.count == Int(frames))
      #expect(next == page.frames.upperBound - 1)
      after = next
    }
    #expect(pages > 1)
  }

  @Test func `those who stand at one frame share what is merged, and meet at round numbers`() {
    let merged = MergedStretches()
    var made: [Int64] = []
    func stretch(_ start: Int64, _ head: Int64) -> Int64 {
      let limit = MergedStretches.limit(from: start, head: head)
      return merged.stretch(from: start, limit: limit) {
        made.append(start)
        return MergedStretches.Stretch(bytes: [], end: limit)
      }.end
    }
    #expect(stretch(1000, 5000) == 1024)
    #expect(stretch(1010, 5000) == 1024)
    #expect(stretch(1024, 5000) == 2048)
    #expect(stretch(1024, 5000) == 2048)
    #expect(stretch(4096, 4100) == 4100)
    #expect(stretch(4096, 4101) == 4101, "more has come since")
    #expect(made == [1000, 1010, 1024, 4096, 4096])
    for start in 0..<100 { _ = stretch(Int64(start), 5000) }
    _ = stretch(1024, 5000)
    #expect(made.count == 106, "old ones are forgotten")
  }
}
