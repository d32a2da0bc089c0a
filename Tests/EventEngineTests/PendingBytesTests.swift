import Testing

@testable import EventEngine

@Suite struct PendingBytesTests {
  @Test func `What goes in comes out in order, however it is cut`() {
    var random = SystemRandomNumberGenerator()
    var pending = PendingBytes()
    var model: [UInt8] = []
    var next: UInt8 = 0
    for _ in 0..<5000 {
      if Bool.random(using: &random) {
        let count = Int.random(in: 1...40_000, using: &random) / (Bool.random(using: &random) ? 1 : 1000) + 1
        let bytes = (0..<count).map { _ in
          next &+= 1
          return next
        }
        let skipped = Int.random(in: 0..<count, using: &random)
        pending.append(bytes, skipping: skipped)
        model += bytes[skipped...]
      } else if let chunk = pending.first {
        let left = chunk[pending.offset...]
        #expect(model.starts(with: left))
        let taken = Int.random(in: 1...left.count, using: &random)
        pending.consume(taken)
        model.removeFirst(taken)
      }
      #expect((pending.first == nil) == model.isEmpty)
      if model.count > 500_000 {
        pending.removeAll()
        model = []
      }
    }
  }

  @Test func `Small pieces are gathered into one chunk`() {
    var pending = PendingBytes()
    for byte in 0..<100 { pending.append([UInt8(byte)], skipping: 0) }
    #expect(pending.first == (0..<100).map { UInt8($0) })
  }
}
