import Basics
import Testing

struct TokenBucketTests {
  private static let second: UInt64 = 1_000_000_000

  @Test func `a burst goes at once, the rest as time brings it`() {
    let rate = Rate(10, burst: 20)
    var bucket = TokenBucket()
    let start = 5 * Self.second
    for _ in 0..<20 { #expect(bucket.take(of: rate, at: start) == nil) }
    #expect(bucket.take(of: rate, at: start) == Self.second / 10)
    #expect(bucket.take(of: rate, at: start + Self.second / 10 - 1) == 1)
    #expect(bucket.take(of: rate, at: start + Self.second / 10) == nil)
    #expect(!bucket.isFull(at: start + 2 * Self.second))
    #expect(bucket.isFull(at: start + 3 * Self.second))
  }

  @Test func `what is refused costs nothing`() {
    let rate = Rate(1)
    var bucket = TokenBucket()
    #expect(bucket.take(of: rate, at: 0) == nil)
    for _ in 0..<1000 { #expect(bucket.take(of: rate, at: 0) == Self.second) }
    #expect(bucket.take(of: rate, at: Self.second) == nil)
  }

  @Test func `what is larger than the burst goes when the bucket is full, and what follows waits for it`() {
    let rate = Rate(100, burst: 100)
    var bucket = TokenBucket()
    #expect(bucket.take(300, of: rate, at: 0) == nil)
    #expect(bucket.take(1, of: rate, at: 0) == 2 * Self.second + Self.second / 100)
    #expect(bucket.take(300, of: rate, at: 2 * Self.second) == Self.second)
    #expect(bucket.take(300, of: rate, at: 3 * Self.second) == nil)
  }

  @Test(arguments: [Int.max, 1 << 40, 0, -5])
  func `no cost and no rate overflows`(cost: Int) {
    var bucket = TokenBucket()
    #expect(bucket.take(cost, of: Rate(1, perNanoseconds: 3600 * Self.second), at: .max - 5) == nil)
    _ = bucket.take(cost, of: Rate(Int.max, perNanoseconds: 1), at: .max)
  }

  @Test func `over any while no more passes than the rate and one burst`() {
    let rate = Rate(50, burst: 10)
    var generator = SystemRandomNumberGenerator()
    var bucket = TokenBucket()
    var now: UInt64 = 0
    var taken = 0
    for _ in 0..<20_000 {
      now += UInt64.random(in: 0...10_000_000, using: &generator)
      if bucket.take(of: rate, at: now) == nil { taken += 1 }
      #expect(taken <= 10 + Int(now / (Self.second / 50)))
    }
    #expect(taken >= Int(now / (Self.second / 50)) - 1)
  }
}
