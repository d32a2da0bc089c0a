import Compression
import EventEngine
import TestKit
import Testing
import WebServer
import Wire

@Suite struct WebSocketCompressionTests {
  private let mask: UInt32 = 0xA1B2_C3D4
  private static let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
  private static let answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
  /// Above the threshold, and better deflated.
  private static let text = String(repeating: "naïve 漢字 👩‍👩‍👧 ", count: 100)

  private func open(
    _ site: TestSite, offer: String = offer
  ) throws -> (client: RawSocket, extensions: String?) {
    let client = try site.client()
    let answer = try client.openWebSocket("/socket", fields: offer)
    #expect(answer.status == 101)
    return (client, answer.fields["sec-websocket-extensions"])
  }

  /// The frames of a compressed text message, in fragments of a size.
  private func frames(_ payload: [UInt8], by size: Int) -> [[UInt8]] {
    let starts = Array(stride(from: 0, to: max(1, payload.count), by: size))
    return starts.map { start in
      WebSocketFrame.encode(
        start == 0 ? .text : .continuation, Array(payload[start..<min(payload.count, start + size)]),
        isFinal: start == starts.last, rsv1: start == 0, mask: mask)
    }
  }

  @Test func `Large messages come back deflated, small ones and what deflates badly as they are`() throws {
    let site = try TestSite()
    let (client, extensions) = try open(site)
    #expect(extensions == Self.answer)
    let (deflater, inflater) = (try Deflater(), try Inflater())
    for _ in 0..<3 {
      try client.send(
        WebSocketFrame.encode(.text, deflater.deflate(Array(Self.text.utf8)), rsv1: true, mask: mask))
      let large = try client.receiveFrame()
      #expect(large.first == 0xC1)
      #expect(try inflater.inflate(large.payload, limit: 1 << 20) == Array(Self.text.utf8))
      #expect(large.payload.count < Self.text.utf8.count / 4)
    }
    let small = Array(Self.text.utf8.prefix(1023))
    try client.send(WebSocketFrame.encode(.binary, deflater.deflate(small), rsv1: true, mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x82, payload: small))
    var random = SeededGenerator(seed: 3)
    let noise = random.bytes(5000)
    try client.send(WebSocketFrame.binary(noise, mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x82, payload: noise))
  }

  @Test func `Without an offer, or with compression off, nothing is compressed`() throws {
    let site = try TestSite()
    let (client, extensions) = try open(site, offer: "")
    #expect(extensions == nil)
    try client.send(WebSocketFrame.text(Self.text, mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x81, payload: Array(Self.text.utf8)))
    var configuration = ServerConfiguration()
    configuration.compresses = false
    let silent = try TestSite(configuration: configuration)
    let (other, none) = try open(silent)
    #expect(none == nil)
    try other.send(frames([0x00], by: 1)[0])
    #expect(try other.receiveFrame().closeCode == 1002)
  }

  @Test func `A smaller window is kept to`() throws {
    let site = try TestSite()
    let (client, extensions) = try open(
      site, offer: "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n")
    #expect(extensions == Self.answer + "; server_max_window_bits=9")
    var random = SeededGenerator(seed: 4)
    let block = random.bytes(600)
    // Only a window of more than 512 bytes would find the repetition.
    try client.send(WebSocketFrame.binary(block + block, mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x82, payload: block + block))
  }

  @Test func `A fragmented compressed message is put together, with a ping answered between`() throws {
    let site = try TestSite()
    let (client, _) = try open(site)
    let payload = try Deflater().deflate(Array(Self.text.utf8))
    for size in [1, 7, 100, payload.count] {
      let fragments = frames(payload, by: size)
      let pinged = fragments.count / 2
      for (index, fragment) in fragments.enumerated() {
        try client.send(fragment)
        if index == pinged { try client.send(WebSocketFrame.ping([1], mask: mask)) }
      }
      // A ping behind the only fragment is answered after its echo.
      let answers = [try client.receiveFrame(), try client.receiveFrame()]
      #expect(answers.contains(RawFrame(first: 0x8A, payload: [1])))
      let echo = answers.first { $0.first == 0xC1 }
      #expect(echo.map { try? Inflater().inflate($0.payload, limit: 1 << 20) } == Array(Self.text.utf8))
    }
  }

  static let faults: [(name: String, payload: [UInt8], code: Int)] = [
    ("no deflate stream", [0x07], 1007),
    ("cut short", [0xF2, 0x48, 0xCD], 1007),
    ("text that is not UTF-8", [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00], 1007),
    ("half a character", [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xC3, 0x00], 1007),
  ]

  @Test(arguments: faults)
  func `A compressed message that is wrong closes with its code`(name: String, payload: [UInt8], code: Int)
    throws
  {
    let site = try TestSite()
    let (client, _) = try open(site)
    try client.send(frames(payload, by: 100)[0])
    #expect(try client.receiveFrame().closeCode == code, "\(name)")
    #expect(try client.isEnded())
    #expect(site.notes.wait().first?.hasPrefix("closed \(code)") == true)
    // The shared stream serves the next connection as if nothing had been.
    let (next, _) = try open(site)
    try next.send(frames([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], by: 2).flatMap { $0 })
    #expect(try next.receiveFrame().text == "Hello")
  }

  @Test func `A message may be as large as the limit inflated, and no larger`() throws {
    var configuration = ServerConfiguration()
    configuration.messageLimit = 5000
    let site = try TestSite(configuration: configuration)
    let (client, _) = try open(site)
    let deflater = try Deflater()
    try client.send(frames(deflater.deflate([UInt8](repeating: 65, count: 5000)), by: 1000).flatMap { $0 })
    #expect(try Inflater().inflate(client.receiveFrame().payload, limit: 5000).count == 5000)
    var random = SeededGenerator(seed: 5)
    // Noise at the limit is longer compressed than plain, and still taken.
    let noise = WebSocketFrame.encode(.binary, deflater.deflate(random.bytes(5000)), rsv1: true, mask: mask)
    try client.send(noise)
    #expect(try client.receiveFrame().payload.count == 5000)
    try client.send(frames(deflater.deflate([UInt8](repeating: 65, count: 5001)), by: 1000).flatMap { $0 })
    #expect(try client.receiveFrame().closeCode == 1009)
  }

  @Test func `Connections of one loop share its streams and do not disturb each other`() throws {
    let site = try TestSite()
    let clients = try (0..<8).map { number in
      try open(
        site,
        offer: "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=\(9 + number % 7)\r\n"
      ).client
    }
    let (deflater, inflater) = (try Deflater(), try Inflater())
    var halves: [[[UInt8]]] = []
    for (number, client) in clients.enumerated() {
      let payload = deflater.deflate(Array("\(number) \(Self.text)".utf8))
      halves.append(frames(payload, by: payload.count / 2 + 1))
      try client.send(halves[number][0])
    }
    for (number, client) in clients.enumerated().reversed() { try client.send(halves[number][1]) }
    for (number, client) in clients.enumerated() {
      let echo = try inflater.inflate(client.receiveFrame().payload, limit: 1 << 20)
      #expect(echo == Array("\(number) \(Self.text)".utf8))
    }
  }
}
