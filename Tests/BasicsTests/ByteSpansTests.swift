import Basics
import Testing

struct ByteSpansTests {
  @Test func `a byte is found at every place of every length`() {
    for count in 0..<40 {
      for place in 0..<count {
        for filler: UInt8 in [0, 0x0B, 0x8A, 0xFF] {
          var bytes = [UInt8](repeating: filler, count: count)
          bytes[place] = 0x0A
          let found = (0...(place + 1)).map { bytes.span.firstOffset(of: 0x0A, from: $0) }
          #expect(found == Array(repeating: place, count: place + 1) + [nil])
        }
      }
    }
  }

  @Test func `bytes are copied as they are`() {
    let bytes = (0...255).map { UInt8($0) }
    let copy = [UInt8](bytes.span)
    #expect(copy == bytes)
    var longer: [UInt8] = [1]
    longer.append(contentsOf: bytes.span.extracting(1..<3))
    #expect(longer == [1, 1, 2])
    let text = String(Array("é".utf8).span)
    #expect(text == "é")
  }
}
