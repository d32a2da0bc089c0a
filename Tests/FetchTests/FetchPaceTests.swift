import Testing

@testable import Fetch

struct FetchPaceTests {
  /// Looks every `interval` nanoseconds for a second, each of which brings some pieces; the rests of the second half.
  private static func rests(every interval: UInt64, pieces: Int) -> [UInt64] {
    var pace = FetchPace()
    var now: UInt64 = 1_000_000_000
    var rests: [UInt64] = []
    while now < 2_000_000_000 {
      now += interval
      let rest = pace.looked(at: now, pieces: pieces)
      if now > 1_500_000_000 { rests.append(rest) }
    }
    return rests
  }

  @Test(
    arguments: [
      (1_000_000_000 / 20, 1), (1_000_000_000 / 2500, 1), (1_000_000_000 / 1000, 3),
    ] as [(UInt64, Int)])
  func `little waits for nothing`(interval: UInt64, pieces: Int) {
    #expect(Self.rests(every: interval, pieces: pieces).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [(1_000_000_000 / 10_000, 1), (10_000_000, 100)] as [(UInt64, Int)])
  func `much is read together`(interval: UInt64, pieces: Int) {
    #expect(Self.rests(every: interval, pieces: pieces).allSatisfy { $0 == FetchPace.longest })
  }

  @Test func `the rate is the one that was, and is forgotten`() {
    var pace = FetchPace()
    for look in 1...1000 { _ = pace.looked(at: UInt64(look) * 1_000_000, pieces: 8) }
    #expect(abs(pace.rate - 8000) < 400)
    #expect(pace.looked(at: 3_000_000_000, pieces: 1) == 0)
    #expect(pace.rate < 100)
  }

  @Test func `looks that bring nothing do not rest`() {
    var pace = FetchPace()
    for look in 1...1000 { _ = pace.looked(at: UInt64(look) * 100_000, pieces: 1) }
    #expect(pace.looked(at: 100_100_000, pieces: 0) == 0)
  }
}
