import EventEngine
import TestKit
import Testing
import WebServer
import Wire

/// The corpus against a whole server, over real sockets.
@Suite struct HostileCorpusTests {
  /// Requests that must be answered, or must not, are recognised by their path.
  private static let canary = Array("GET /canary HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
  /// Shared, so that what one case breaks shows in the next.
  private static let site = Result { try TestSite(loops: 2) }
  private static let hasty = Result {
    var configuration = ServerConfiguration()
    configuration.deadlines.head = .milliseconds(100)
    configuration.deadlines.firstByte = .milliseconds(100)
    configuration.deadlines.bodyGrace = .milliseconds(100)
    return try TestSite(configuration: configuration)
  }

  @Test(arguments: HostileCase.all.filter { !$0.isWebSocket && !$0.waits })
  func `A request gets its answers, and nothing is smuggled`(sample: HostileCase) throws {
    let site = try Self.site.get()
    guard case .answers(let expected) = sample.outcome else { return }
    let client = try site.client()
    // A server that has refused may have closed before all has been sent.
    try? client.send(sample.bytes + Self.canary)
    for (index, status) in expected.enumerated() {
      let answer = try client.receiveResponse()
      #expect(answer.status == status)
      // What is answered before its body turns out to be bad was meant to go on.
      if sample.closes, !sample.needsServer, index == expected.count - 1 {
        #expect(answer.fields["connection"]?.hasSuffix("close") == true)
      }
      #expect(answer.text != TestSite.canary)
    }
    if !sample.closes {
      let answer = try client.receiveResponse()
      #expect(answer.status == 200)
      #expect(answer.text == TestSite.canary)
      client.finishSending()
    }
    #expect(try client.receiveAll() == [], "the connection must end, without another word")
  }

  @Test(arguments: HostileCase.all.filter(\.waits))
  func `A peer that stops halfway is cut off at its deadline`(sample: HostileCase) throws {
    let client = try Self.hasty.get().client()
    guard case .answers(let expected) = sample.outcome else { return }
    try client.send(sample.bytes)
    for status in expected { #expect(try client.receiveResponse().status == status) }
    #expect(try client.receiveAll() == [])
  }

  @Test(arguments: HostileCase.all.filter(\.isWebSocket))
  func `Frames come to their end`(sample: HostileCase) throws {
    let client = try Self.site.get().client()
    #expect(try client.openWebSocket("/socket").status == 101)
    try? client.send(sample.bytes)
    var messages = 0
    while messages < sample.messages {
      let frame = try client.receiveFrame()
      if frame.first == 0x81 || frame.first == 0x82 { messages += 1 }
    }
    switch sample.outcome {
    case .close(let code):
      let frame = try client.receiveFrame()
      #expect(frame.first == 0x88)
      #expect(frame.closeCode ?? 1005 == code)
      #expect(try client.receiveAll() == [])
    case .open:
      try client.send(WebSocketFrame.text("still there", mask: 7))
      #expect(try client.receiveFrame().text == "still there")
    case .answers: Issue.record("frames get no status")
    }
  }

  @Test func `The server is as it was when the corpus has passed by`() throws {
    let site = try Self.site.get()
    for sample in HostileCase.all where !sample.waits {
      let client = try site.client()
      if sample.isWebSocket { _ = try client.openWebSocket("/socket") }
      try? client.send(sample.bytes)
      client.reset()
    }
    let client = try site.client()
    #expect(try client.exchange("GET /canary").text == TestSite.canary)
  }
}
