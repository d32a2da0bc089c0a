import TestKit
import Testing
import Wire

/// Random walks: whatever the pieces, delays and orders, each request is served once, whole and in order.
struct HTTPConnectionMachinePropertyTests {
  /// A driver that answers at random moments and keeps the law of the machine.
  private struct Walk {
    var machine = HTTPConnectionMachine(now: .zero)
    var random: SeededGenerator
    var now: Duration = .zero
    var served: [String] = []
    var isServing = false
    var isWhole = false
    var isClosed = false

    mutating func act() {
      while !isClosed {
        switch machine.next() {
        case .request(let head):
          #expect(!isServing, "a request came while another was in service")
          (isServing, isWhole) = (true, false)
          served.append(head.target.path + ":")
        case .body(let bytes):
          #expect(isServing)
          served[served.count - 1] += String(decoding: bytes, as: UTF8.self)
        case .requestEnded: isWhole = true
        case .send: break
        case .wait: return
        case .refuse, .abandon, .close: isClosed = true
        }
      }
    }

    mutating func answer() {
      let length: HTTPBodyLength = Bool.random(using: &random) ? .known(3) : .unknown
      _ = machine.responseStarted(HTTPResponseHead(status: 200), length: length)
      machine.responseEnded(now: now)
      isServing = false
    }
  }

  @Test(arguments: 0..<200)
  func `every request is served once and in order`(seed: Int) {
    var walk = Walk(random: SeededGenerator(seed: UInt64(seed)))
    var expected: [String] = []
    var wire: [UInt8] = []
    for index in 0..<Int.random(in: 1...12, using: &walk.random) {
      let body = String(repeating: "b", count: Int.random(in: 0...40, using: &walk.random))
      expected.append("/\(index):\(body)")
      wire += Array("POST /\(index) HTTP/1.1\r\nHost: a\r\n".utf8)
      if Bool.random(using: &walk.random) {
        wire += Array("Content-Length: \(body.count)\r\n\r\n\(body)".utf8)
      } else {
        let chunk = body.isEmpty ? "" : String(body.count, radix: 16) + "\r\n\(body)\r\n"
        wire += Array("Transfer-Encoding: chunked\r\n\r\n\(chunk)0\r\n\r\n".utf8)
      }
    }
    var rest = wire[...]
    var steps = 0
    while (!rest.isEmpty || walk.isServing) && steps < 10_000 {
      steps += 1
      walk.now += .milliseconds(Int.random(in: 0...3, using: &walk.random))
      if Bool.random(using: &walk.random), walk.isServing, walk.isWhole {
        walk.answer()
      } else {
        let piece = rest.prefix(Int.random(in: 0...90, using: &walk.random))
        rest = rest.dropFirst(piece.count)
        if !piece.isEmpty { walk.machine.received(Array(piece).span, now: walk.now) }
      }
      walk.act()
    }
    #expect(walk.served == expected)
    #expect(!walk.isClosed)
    walk.machine.peerFinished()
    walk.act()
    #expect(walk.isClosed)
  }

  @Test(arguments: 0..<300)
  func `random bytes never break the machine and always end`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let words = [
      "GET / HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n",
      "3\r\nabc\r\n",
      "0\r\n\r\n", "x", "\n", "Expect: 100-continue\r\n", "abc", "POST /p HTTP/1.1\r\n",
      "Connection: close\r\n",
    ]
    var walk = Walk(random: random)
    for _ in 0..<60 where !walk.isClosed {
      let word = words.randomElement(using: &random) ?? ""
      walk.machine.received(Array(word.utf8).span, now: walk.now)
      walk.act()
      if walk.isServing, !walk.isClosed, Int.random(in: 0...3, using: &random) == 0 { walk.answer() }
      walk.act()
    }
    walk.machine.peerFinished()
    if walk.isServing, !walk.isClosed { walk.answer() }
    walk.act()
    #expect(walk.isClosed || walk.isServing)
    if walk.isClosed {
      #expect(walk.machine.next() == .wait || walk.machine.next() == .close)
      #expect(!walk.machine.wantsBytes)
    }
  }
}
