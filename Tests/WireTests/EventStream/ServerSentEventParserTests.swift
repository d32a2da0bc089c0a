import TestKit
import Testing
import Wire

struct ServerSentEventParserTests {
  static let streams: [(String, [ServerSentEventParser.Part])] = [
    ("data: a\n\n", [.text("a")]),
    ("\u{FEFF}data: a\n\n", [.text("a")]),
    ("data:a\r\n\r\ndata:  b\r\r", [.text("a"), .text(" b")]),
    ("data: a\ndata: b\n\n", [.text("a\nb")]),
    ("data: a\ndata\ndata: b\n\n", [.text("a\n\nb")]),
    (": ping\n\n:\n\n", [.keepAlive, .keepAlive]),
    ("event: x\n\ndata: a\n\n", [.text("a")]),
    (
      "unknown: 1\nretry: 12x\ndata: a\nretry: 7\n\n",
      [.event(ServerSentEvent(retry: 7, data: Array("a".utf8)))]
    ),
    ("event: x\nid: 9\ndata: é\n\n", [.event(ServerSentEvent(id: "9", event: "x", data: Array("é".utf8)))]),
    ("data: unfinished", []), ("data: unfinished\n", []), ("data: [DONE]\n", []), ("{\"a\":1}\n\n", []),
  ]

  @Test(arguments: streams)
  func `a stream gives its events in every split`(text: String, expected: [ServerSentEventParser.Part]) throws
  {
    for pieces in everySplit(of: text) {
      var parser = ServerSentEventParser()
      var parts = try pieces.flatMap { try parser.receive($0) }
      parts += try parser.end()
      #expect(parts == expected)
    }
  }

  static let deviations: [(String, [ServerSentEventParser.Part])] = [
    ("data: {\"a\":\"}\"}", [.text("{\"a\":\"}\"}")]),
    ("data: [DONE]\n", [.text("[DONE]")]),
    ("data: {\"a\":1", []),
    ("data: {\"a\":\"\\\"}", []),
    ("data: half", []),
    (
      "data: a\n\n{\"error\":\n {\"m\":\"[\"}}\ndata: b\n\n",
      [.text("a"), .strayJSON(Array("{\"error\":\n {\"m\":\"[\"}}".utf8)), .text("b")]
    ),
    ("[{\"error\":1}]", [.strayJSON(Array("[{\"error\":1}]".utf8))]),
    ("error: {\"code\":500}\n\n", [.strayJSON(Array("{\"code\":500}".utf8))]),
    ("error: text\n\n", []),
  ]

  @Test(arguments: deviations)
  func `deviations of model servers are taken in every split`(
    text: String, expected: [ServerSentEventParser.Part]
  ) throws {
    for pieces in everySplit(of: text) {
      var parser = ServerSentEventParser(tolerance: .modelServers)
      var parts = try pieces.flatMap { try parser.receive($0) }
      parts += try parser.end()
      #expect(parts == expected)
    }
  }

  @Test func `what is encoded is read back`() throws {
    let events = [
      ServerSentEvent(id: "e:1", event: "delta", data: Array("line\n\nline 🦙".utf8)),
      ServerSentEvent(data: Array(" leading blank".utf8)), ServerSentEvent(retry: 3, data: Array(":".utf8)),
    ]
    for pieces in everySplit(of: events.flatMap { ServerSentEvent.keepAlive + $0.encoded }) {
      var parser = ServerSentEventParser()
      let parts = try pieces.flatMap { try parser.receive($0) }
      #expect(parts == events.flatMap { [.keepAlive, .event($0)] })
      #expect(parser.lastEventID == "e:1")
    }
  }

  @Test func `an event id without data moves the position alone`() throws {
    var parser = ServerSentEventParser()
    #expect(try parser.receive(ServerSentEvent(id: "k:7").encoded) == [])
    #expect(parser.lastEventID == "k:7")
  }

  @Test func `an event that grows past its limit fails the stream`() {
    var parser = ServerSentEventParser(eventLimit: 10)
    #expect(throws: StreamFormatError.eventTooLong(limit: 10)) {
      for _ in 0..<10 { _ = try parser.receive(Array("data: abc\n".utf8)) }
    }
  }
}

extension ServerSentEventParser.Part {
  fileprivate static func text(_ text: String) -> Self { .event(ServerSentEvent(data: Array(text.utf8))) }
}
