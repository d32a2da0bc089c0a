import Basics
import TestKit
import Testing
import Wire

struct AmazonEventStreamParserTests {
  /// What came of reading pieces.
  struct Reading: Equatable {
    var messages: [AmazonEventMessage] = []
    var error: StreamFormatError?
    var isInsideMessage = false

    init(_ pieces: [[UInt8]], payloadLimit: Int = 24 << 20) {
      var parser = AmazonEventStreamParser(payloadLimit: payloadLimit)
      do throws(StreamFormatError) {
        for piece in pieces { try parser.receive(piece, into: &messages) }
        isInsideMessage = parser.isInsideMessage
      } catch {
        self.error = error
      }
    }

    init(_ bytes: [UInt8]) { self.init([bytes]) }
  }

  /// Whole messages that another implementation wrote and read.
  static let known: [(hexadecimal: String, message: AmazonEventMessage)] = [
    (
      """
      000000760000005296d5fade0b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c\
      69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22726f6c65223a22617373697374616e74227d6fa8c599
      """, .event("messageStart", #"{"role":"assistant"}"#)
    ),
    (
      """
      0000009400000057b4ab9aee0b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700\
      106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22636f6e74656e74426c6f636b496e646578223a\
      302c2264656c7461223a7b2274657874223a224869227d7d1f944657
      """, .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#)
    ),
    (
      """
      0000008e00000061514180540f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d\
      747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a\
      22546f6f206d616e7920746f6b656e73227dc81b1ec1
      """, .exception("throttlingException", #"{"message":"Too many tokens"}"#)
    ),
  ]

  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
  }

  @Test(arguments: known.indices)
  func `a message of another implementation is read`(index: Int) {
    let (hexadecimal, message) = Self.known[index]
    #expect(Reading(Self.bytes(hexadecimal)).messages == [message])
    // The encoder of the tests is held to the same bytes, so that it may judge what follows.
    #expect(message.encoded == Self.bytes(hexadecimal))
  }

  @Test func `every type of header is read`() {
    let message = AmazonEventMessage(
      headers: [
        .init("yes", .bool(true)), .init("no", .bool(false)), .init("i8", .int8(-2)),
        .init("i16", .int16(-300)),
        .init("i32", .int32(.min)), .init("i64", .int64(.max)), .init("bytes", .bytes([0, 255])),
        .init("empty", .bytes([])), .init("text", .string("Grüße 🦙")),
        .init("at", .timestamp(1_792_578_896_123)),
        .init("id", .uuid(Array(0..<16))),
      ], payload: [1, 2, 3])
    let reading = Reading(message.encoded)
    #expect(reading.messages == [message])
    #expect(reading.messages.first?["text"] == "Grüße 🦙")
    #expect(reading.messages.first?["yes"] == nil)
    #expect(reading.messages.first?["missing"] == nil)
  }

  @Test func `every split gives the same messages`() {
    let bytes = Self.known.flatMap { Self.bytes($0.hexadecimal) } + AmazonEventMessage(headers: []).encoded
    let whole = Reading(bytes)
    #expect(whole.messages.count == 4 && whole.error == nil && !whole.isInsideMessage)
    for split in everySplit(of: bytes) { #expect(Reading(split) == whole) }
  }

  @Test func `an unfinished message is known as such`() {
    let bytes = Self.bytes(Self.known[0].hexadecimal)
    for count in 1..<bytes.count {
      let reading = Reading(Array(bytes[..<count]))
      #expect(reading.messages.isEmpty && reading.error == nil && reading.isInsideMessage)
    }
  }

  /// A message before it is always given out, nothing after it ever is.
  @Test func `every flipped bit is found`() {
    let good = Self.bytes(Self.known[0].hexadecimal)
    for position in good.indices {
      for bit in 0..<8 {
        var damaged = good
        damaged[position] ^= 1 << bit
        let reading = Reading(good + damaged + good)
        let part = position < 12 ? "the prelude of an event" : "an event"
        #expect(reading.error == .wrongChecksum(of: part), "bit \(bit) of byte \(position)")
        #expect(reading.messages == [Self.known[0].message])
      }
    }
  }

  @Test func `a damaged length is not waited for`() {
    var bytes = Self.bytes(Self.known[0].hexadecimal)
    bytes[0] = 0x7F
    #expect(Reading(Array(bytes[..<12])).error == .wrongChecksum(of: "the prelude of an event"))
  }

  /// A prelude with a right checksum.
  static func prelude(total: UInt32, headers: UInt32) -> [UInt8] {
    var bytes = [total, headers].flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
    let checksum = CRC32.checksum(bytes.span)
    bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> $0) }
    return bytes
  }

  /// A message with any bytes as headers and right checksums.
  static func message(headers: [UInt8]) -> [UInt8] {
    var bytes = prelude(total: UInt32(16 + headers.count), headers: UInt32(headers.count)) + headers
    let checksum = CRC32.checksum(bytes.span)
    bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> $0) }
    return bytes
  }

  static let tooLong: [(total: UInt32, headers: UInt32, error: StreamFormatError)] = [
    (15, 0, .malformedEvent(reason: "its headers are longer than the event")),
    (0, 0, .malformedEvent(reason: "its headers are longer than the event")),
    (20, 5, .malformedEvent(reason: "its headers are longer than the event")),
    (.max, .max, .malformedEvent(reason: "its headers are longer than the event")),
    (1 << 20, 128 << 10 + 1, .eventTooLong(limit: 128 << 10)),
    (24 << 20 + 17, 0, .eventTooLong(limit: 24 << 20)),
    (.max, 0, .eventTooLong(limit: 24 << 20)),
  ]

  @Test(arguments: tooLong.indices)
  func `lengths beyond the limits are refused before any byte is waited for`(index: Int) {
    let (total, headers, error) = Self.tooLong[index]
    #expect(Reading(Self.prelude(total: total, headers: headers)).error == error)
  }

  @Test func `lengths at the limits are taken`() {
    #expect(Reading(Self.prelude(total: 24 << 20 + 16, headers: 0)).isInsideMessage)
    #expect(Reading(Self.prelude(total: 128 << 10 + 16, headers: 128 << 10)).isInsideMessage)
    let message = AmazonEventMessage(headers: [], payload: [1, 2, 3, 4])
    #expect(Reading([message.encoded], payloadLimit: 4).messages == [message])
    #expect(Reading([message.encoded], payloadLimit: 3).error == .eventTooLong(limit: 3))
  }

  static let malformedHeaders: [(bytes: [UInt8], reason: String)] = [
    ([0, 0], "a header has no name"),
    ([1, 0x61, 0, 1, 0x61, 1], "a header comes twice"),
    ([1, 0x61, 10], "a header has the unknown type 10"),
    ([1, 0x61], "a header goes beyond the headers"),
    ([2, 0x61], "a header goes beyond the headers"),
    ([1, 0x61, 4, 0, 0, 0], "a header goes beyond the headers"),
    ([1, 0x61, 7, 0], "a header goes beyond the headers"),
    ([1, 0x61, 7, 0, 2, 0x62], "a header goes beyond the headers"),
    ([1, 0x61, 9] + [UInt8](repeating: 0, count: 15), "a header goes beyond the headers"),
    ([1, 0xFF, 0], "a header is not UTF-8"),
    ([1, 0x61, 7, 0, 1, 0x80], "a header is not UTF-8"),
  ]

  @Test(arguments: malformedHeaders.indices)
  func `malformed headers under right checksums are refused`(index: Int) {
    let (headers, reason) = Self.malformedHeaders[index]
    #expect(Reading(Self.message(headers: headers)).error == .malformedEvent(reason: reason))
  }

  /// Whatever stands where headers should, under right checksums: no reading beyond them, and the same from every split.
  @Test func `headers of any bytes are read or refused`() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      // Small numbers are the lengths and types that lead on.
      let headers = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        UInt8.random(in: 0...(Bool.random(using: &random) ? 9 : 255), using: &random)
      }
      let message = Self.message(headers: headers)
      let whole = Reading(message)
      #expect((whole.error == nil) == (whole.messages.count == 1))
      let cut = Int.random(in: 0...message.count, using: &random)
      #expect(Reading([Array(message[..<cut]), Array(message[cut...])]) == whole)
    }
  }
}
