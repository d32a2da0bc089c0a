import Basics
import Testing

struct IdentifierTests {
  @Test func `an id is a UUID of version 7`() {
    let id = Identifier<Int>(milliseconds: 0x0190_1234_5678, counter: 0xABC, random: .max)
    #expect(id.text == "01901234-5678-7abc-bfff-ffffffffffff")
  }

  @Test func `ids sort by time, then by counter`() {
    let earlier = Identifier<Int>(milliseconds: 1, counter: 0xFFF, random: .max)
    let later = Identifier<Int>(milliseconds: 2, counter: 0, random: 0)
    let next = Identifier<Int>(milliseconds: 2, counter: 1, random: 0)
    #expect(earlier < later && later < next)
  }
}

struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_924_992_000_123, "2031-01-01T00:00:00.123Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func `a moment is shown in ISO 8601`(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
  }

  @Test func `a moment is shown as an HTTP date`() {
    #expect(Timestamp(milliseconds: 784_111_777_000).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
  }
}
