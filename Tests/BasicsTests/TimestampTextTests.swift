import Basics
import Testing

struct TimestampTextTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("1970-01-02T00:00Z", 86_400_000), ("1970-01-01T00:00:01", 1000),
    ("1970-01-01T00:00:00.5Z", 500), ("1970-01-01T00:00:00.123456789Z", 123),
    ("1970-01-01T02:00+02:00", 0), ("1969-12-31T23:00:00-01:00", 0), ("1970-01-01T00:30+01:00", -1_800_000),
  ])
  func `a moment is read as RFC 3339 writes it`(text: String, milliseconds: Int64) {
    #expect(Timestamp(text: text)?.milliseconds == milliseconds)
  }

  @Test func `what is written is read again`() {
    for milliseconds: Int64 in [0, 1, 1_763_775_000_123, 253_402_300_799_999] {
      let moment = Timestamp(milliseconds: milliseconds)
      #expect(Timestamp(text: moment.iso8601) == moment)
    }
  }

  @Test(arguments: [
    "", "x", "2026", "2026-02-30", "2026-11-21T", "2026-11-21T9:30", "2026-11-21T24:00", "2026-11-21T09:60",
    "2026-11-21T09:30:60", "2026-11-21T09:30:00.", "2026-11-21T09:30:00.1234567890", "2026-11-21T09:30ZZ",
    "2026-11-21T09:30+2:00", "2026-11-21T09:30:00:00", "2026-11-21T09:30:00.1.2", "1732181400000",
    "2026-11-21T-1:30", "2026-11-21T٠٩:30",
  ])
  func `anything else is no moment`(text: String) {
    #expect(Timestamp(text: text) == nil)
  }
}
