import Testing
import Wire

struct HTTPConnectionMachineTests {
  /// A machine with a clock that the test turns, and the short names of the actions it gave.
  private struct Bench {
    var machine: HTTPConnectionMachine
    var now: Duration = .seconds(100)

    init(limits: HTTPLimits = HTTPLimits()) {
      machine = HTTPConnectionMachine(limits: limits, now: .seconds(100))
    }

    mutating func receive(_ text: String, after wait: Duration = .zero) -> [String] {
      now += wait
      machine.received(Array(text.utf8).span, now: now)
      return actions()
    }

    mutating func actions() -> [String] {
      var names: [String] = []
      while true {
        switch machine.next() {
        case .request(let head): names.append("request \(head.target.path)")
        case .body(let bytes): names.append("body \(bytes.count)")
        case .requestEnded: names.append("ended")
        case .send(let bytes): names.append("send \(String(decoding: bytes.prefix(12), as: UTF8.self))")
        case .refuse(let error): names.append("refuse \(error.status.code)")
        case .abandon: names.append("abandon")
        case .close: names.append("close")
        case .wait: return names
        }
      }
    }

    /// Answers the request in service; true if the response promises that the connection goes on.
    mutating func answer(_ status: HTTPStatus = 200) -> Bool {
      let encoder = machine.responseStarted(HTTPResponseHead(status: status), length: .known(0))
      machine.responseEnded(now: now)
      return encoder.keepsAlive
    }

    /// Lets time pass until the machine's deadline.
    mutating func expire() -> [String] {
      guard let wake = machine.wakeAt else { return ["no deadline"] }
      machine.deadlinePassed(now: wake - .milliseconds(1))
      guard actions().isEmpty else { return ["too early"] }
      now = wake
      machine.deadlinePassed(now: wake)
      return actions()
    }
  }

  private static func get(_ path: String, _ fields: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
  }

  private static func post(_ length: Int, _ fields: String = "", _ body: String = "") -> String {
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(fields)\r\n\(body)"
  }

  @Test func `pipelined requests are served one after the other`() {
    var bench = Bench()
    #expect(bench.receive(Self.get("/1") + Self.get("/2") + "GET") == ["request /1", "ended"])
    let first = bench.answer()
    #expect(first)
    #expect(bench.actions() == ["request /2", "ended"])
    let second = bench.answer()
    #expect(second)
    #expect(bench.actions() == [])
    #expect(bench.machine.wakeAt == bench.now + .seconds(10), "the third head has begun")
  }

  @Test func `a body comes in pieces before the response`() {
    var bench = Bench()
    #expect(bench.receive(Self.post(5, "", "he")) == ["request /p", "body 2"])
    #expect(bench.receive("llo" + Self.get("/next")) == ["body 3", "ended"])
    let goesOn = bench.answer()
    #expect(goesOn)
    #expect(bench.actions() == ["request /next", "ended"])
  }

  @Test(arguments: ["Connection: close\r\n", "Connection: x, close\r\n"])
  func `a client that wants to close is told so and closed`(field: String) {
    var bench = Bench()
    #expect(bench.receive(Self.get("/1", field) + Self.get("/2")) == ["request /1", "ended"])
    let goesOn = bench.answer()
    #expect(!goesOn)
    #expect(bench.actions() == ["close"])
    #expect(bench.receive(Self.get("/3")) == [])
    #expect(!bench.machine.wantsBytes)
  }

  @Test func `a malformed request is answered and closed`() {
    var bench = Bench()
    #expect(bench.receive("GET /\r\n") == ["refuse 400"])
    let goesOn = bench.answer(400)
    #expect(!goesOn)
    #expect(bench.actions() == ["close"])
  }

  @Test(
    arguments: [
      ("POST /v1/chat?x=/y HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "/v1/chat"),
      ("POST /v1/chat HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n", 400, "/v1/chat"),
      ("POST /v1/chat HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n", 417, "/v1/chat"),
      ("POST /v1/chat HTTP/1.1\r\nBad Field: a\r\n", 400, "/v1/chat"),
      ("\r\nGET /a HTTP/1.1\r\nHost: a b\r\n", 400, "/a"), ("GET /\r\n", 400, nil),
      ("GET /a HTTP/2.0\r\n", 505, nil),
    ] as [(String, Int, String?)])
  func `a request that is refused before it is one tells its path, as far as it came`(
    text: String, status: Int, path: String?
  ) {
    var first = Bench()
    #expect(first.receive(Self.get("/first") + text).last == "ended")
    _ = first.answer()
    #expect(first.actions() == ["refuse \(status)"])
    #expect(first.machine.refusedPath == path)
    for cut in 0...text.utf8.count {
      var bench = Bench()
      let names =
        bench.receive(String(text.utf8.prefix(cut)) ?? "")
        + bench.receive(String(text.utf8.dropFirst(cut)) ?? "")
      #expect(names == ["refuse \(status)"] && bench.machine.refusedPath == path, "cut at \(cut)")
    }
  }

  @Test func `a malformed body is answered before the response and abandoned within it`() {
    let text = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    var early = Bench()
    #expect(early.receive(text + "x") == ["request /p", "refuse 400"])
    let goesOn = early.answer(400)
    #expect(!goesOn)
    #expect(early.actions() == ["close"])
    var late = Bench()
    #expect(late.receive(text) == ["request /p"])
    _ = late.machine.responseStarted(HTTPResponseHead(status: 200), length: .unknown)
    #expect(late.receive("x") == ["abandon"])
  }

  @Test func `an unread body that is small is dropped and the connection goes on`() {
    var bench = Bench()
    #expect(bench.receive(Self.post(6, "", "abc")) == ["request /p", "body 3"])
    let goesOn = bench.answer()
    #expect(goesOn)
    #expect(bench.actions() == [])
    #expect(bench.receive("def" + Self.get("/next")) == ["request /next", "ended"])
  }

  @Test func `an unread body that is large closes the connection`() {
    var bench = Bench()
    #expect(bench.receive(Self.post(100_000, "", "abc")) == ["request /p", "body 3"])
    let goesOn = bench.answer()
    #expect(!goesOn)
    #expect(bench.actions() == ["close"])
  }

  @Test func `an unread chunked body is dropped up to the drain limit`() {
    var bench = Bench()
    let head = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(bench.receive(head) == ["request /p"])
    let goesOn = bench.answer()
    #expect(goesOn)
    let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
    #expect(bench.receive(chunk) == [])
    #expect(bench.receive(chunk) == [])
    #expect(bench.receive(chunk) == ["close"])
  }

  @Test func `a waiting client is told to continue when the body is wanted`() {
    var bench = Bench()
    #expect(bench.receive(Self.post(3, "Expect: 100-continue\r\n")) == ["request /p"])
    #expect(bench.machine.wakeAt == nil, "the client waits for us")
    bench.machine.bodyWanted()
    bench.machine.bodyWanted()
    #expect(bench.actions() == ["send HTTP/1.1 100"])
    #expect(bench.machine.wakeAt != nil)
    #expect(bench.receive("abc") == ["body 3", "ended"])
    let goesOn = bench.answer()
    #expect(goesOn)
  }

  @Test func `a waiting client that is answered at once is closed`() {
    var bench = Bench()
    #expect(bench.receive(Self.post(3, "Expect: 100-continue\r\n")) == ["request /p"])
    let goesOn = bench.answer(401)
    #expect(!goesOn)
    #expect(bench.actions() == ["close"])
  }

  @Test func `an idle connection is closed without a word`() {
    var bench = Bench()
    #expect(bench.machine.wakeAt == .seconds(110), "a fresh one has less time than one that was of use")
    #expect(bench.expire() == ["close"])
    var used = Bench()
    #expect(used.receive(Self.get("/1"), after: .seconds(20)) == ["request /1", "ended"])
    #expect(used.machine.wakeAt == nil, "the handler takes its time")
    used.now += .seconds(50)
    _ = used.answer()
    #expect(used.actions() == [])
    #expect(used.machine.wakeAt == .seconds(200))
    #expect(used.expire() == ["close"])
  }

  @Test func `a slow head is refused ten seconds after its first byte`() {
    var bench = Bench()
    for _ in 0..<9 { #expect(bench.receive("G", after: .seconds(1)) == []) }
    #expect(bench.machine.wakeAt == .seconds(111))
    #expect(bench.expire() == ["refuse 408"])
    let goesOn = bench.answer(408)
    #expect(!goesOn)
    #expect(bench.actions() == ["close"])
  }

  @Test func `a body must keep its rate after its grace`() {
    var bench = Bench()
    #expect(bench.receive(Self.post(10_000)) == ["request /p"])
    #expect(bench.machine.wakeAt == .seconds(105))
    let second = String(repeating: "x", count: 500)
    for _ in 0..<10 { #expect(bench.receive(second, after: .seconds(1)) == ["body 500"]) }
    #expect(bench.machine.wakeAt == .seconds(115), "five seconds of grace are left")
    for step in 0..<5 { #expect(bench.receive("x", after: .milliseconds(900)) == ["body 1"], "\(step)") }
    #expect(bench.expire() == ["refuse 408"])
  }

  @Test func `time in which the body was not asked for is free`() {
    var bench = Bench()
    bench.machine.received(Array(Self.post(10, "", "abc").utf8).span, now: bench.now)
    guard case .request = bench.machine.next() else { return #expect(Bool(false), "no request") }
    #expect(bench.machine.wakeAt == nil)
    bench.now += .seconds(60)
    bench.machine.received(Array("d".utf8).span, now: bench.now)
    #expect(bench.actions() == ["body 4"])
    #expect(bench.machine.wakeAt == bench.now + .milliseconds(5000 + (1000 / 500)))
  }

  @Test func `a peer that finishes is answered if its request is whole`() {
    var idle = Bench()
    idle.machine.peerFinished()
    #expect(idle.actions() == ["close"])
    var whole = Bench()
    #expect(whole.receive(Self.get("/1")) == ["request /1", "ended"])
    whole.machine.peerFinished()
    #expect(whole.actions() == [])
    let goesOn = whole.answer()
    #expect(!goesOn)
    #expect(whole.actions() == ["close"])
    var half = Bench()
    #expect(half.receive(Self.post(3, "", "a")) == ["request /p", "body 1"])
    half.machine.peerFinished()
    #expect(half.actions() == ["abandon"])
  }

  @Test func `a shutdown lets the request in service finish`() {
    var idle = Bench()
    idle.machine.quiesce()
    #expect(idle.actions() == ["close"])
    var half = Bench()
    #expect(half.receive("GET / HTTP/1.1\r\nHo") == [])
    half.machine.quiesce()
    #expect(half.actions() == ["close"])
    var busy = Bench()
    #expect(busy.receive(Self.get("/1") + Self.get("/2")) == ["request /1", "ended"])
    busy.machine.quiesce()
    #expect(busy.actions() == [])
    let goesOn = busy.answer()
    #expect(!goesOn)
    #expect(busy.actions() == ["close"])
  }

  @Test func `an upgrade hands over the bytes after the request`() {
    var bench = Bench()
    #expect(
      bench.receive(Self.get("/ws", "Upgrade: websocket\r\nConnection: upgrade\r\n") + "frames").count == 2)
    let encoder = bench.machine.responseStarted(
      HTTPResponseHead(status: 101, fields: ["Upgrade": "websocket"]), length: .known(0))
    var output: [UInt8] = []
    encoder.appendHead(date: "", to: &output)
    #expect(bench.machine.upgraded() == Array("frames".utf8))
    #expect(bench.machine.next() == .wait)
    #expect(bench.machine.wakeAt == nil)
  }

  @Test func `a peer far ahead is not read`() {
    var bench = Bench()
    #expect(bench.receive(Self.get("/1")) == ["request /1", "ended"])
    #expect(bench.machine.wantsBytes)
    #expect(bench.receive(String(repeating: Self.get("/x"), count: 4000)) == [])
    #expect(!bench.machine.wantsBytes)
  }
}
