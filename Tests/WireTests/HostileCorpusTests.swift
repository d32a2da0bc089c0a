import Basics
import TestKit
import Testing
import Wire

/// The corpus against the rules alone, in every split of the bytes.
struct HostileCorpusTests {
  static let requests = HostileCase.all.filter { !$0.isWebSocket && !$0.needsServer }
  static let frames = HostileCase.all.filter(\.isWebSocket)

  /// Answers every request with 200, as a server does that decides nothing.
  private struct Server {
    var machine: HTTPConnectionMachine
    var now: Duration = .zero
    var answers: [Int] = []
    var paths: [String] = []
    var isOver = false
    private var head: HTTPRequestHead?

    init() { machine = HTTPConnectionMachine(now: .zero) }

    mutating func receive(_ bytes: [UInt8]) {
      guard !isOver, !bytes.isEmpty else { return }
      machine.received(bytes.span, now: now)
      run()
    }

    mutating func wait() {
      while !isOver, let wake = machine.wakeAt {
        now = wake
        machine.deadlinePassed(now: now)
        run()
      }
    }

    private mutating func run() {
      while !isOver {
        switch machine.next() {
        case .request(let request):
          head = request
          paths.append(request.target.path)
          if request.framing != .none { machine.bodyWanted() }
        case .requestEnded: answer(status)
        case .body: break
        case .send: answers.append(100)
        case .refuse(let error): answer(error.status)
        case .abandon, .close: isOver = true
        case .wait: return
        }
      }
    }

    private var status: HTTPStatus {
      guard let head, head.target.path == "/socket" else { return 200 }
      do throws(WebSocketHandshakeError) {
        return try WebSocketHandshake(accepting: head).response.status
      } catch {
        return error.status
      }
    }

    private mutating func answer(_ status: HTTPStatus) {
      answers.append(status.code)
      _ = machine.responseStarted(HTTPResponseHead(status: status), length: .known(0))
      machine.responseEnded(now: now)
    }
  }

  private static let canary = Array("GET /canary HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

  @Test func `the corpus is whole`() {
    #expect(HostileCase.all.count == HostileCase.fileCount, "a file is not of the form")
    #expect(HostileCase.all.count >= 150)
    #expect(Set(HostileCase.all.map { $0.name.prefix { $0 != "/" } }).count >= 8)
  }

  @Test(arguments: requests)
  func `requests get their answers and nothing is smuggled, in every split`(sample: HostileCase) {
    for pieces in sample.splits {
      var server = Server()
      for piece in pieces { server.receive(piece) }
      if sample.waits { server.wait() } else { server.receive(Self.canary) }
      let behind = sample.closes ? [] : [200]
      let place = pieces.first?.count ?? 0
      guard case .answers(let expected) = sample.outcome else { return }
      #expect(server.answers == expected + behind, "cut at \(place)")
      #expect(server.isOver == sample.closes, "cut at \(place)")
      #expect(server.paths.count { $0 == "/canary" } == behind.count, "cut at \(place)")
    }
  }

  @Test(arguments: frames)
  func `frames come to their end, in every split`(sample: HostileCase) {
    for pieces in sample.splits {
      var machine = WebSocketConnectionMachine()
      var messages = 0
      var closed: Int?
      for piece in pieces {
        var position = 0
        while let action = machine.received(piece.span, from: &position) {
          switch action {
          case .text, .binary, .compressed: messages += 1
          case .close(let ending):
            #expect(closed == nil)
            closed = Int(ending.code.code)
          case .sendPong, .pong: break
          }
        }
      }
      let expected: Int? = if case .close(let code) = sample.outcome { code } else { nil }
      #expect(closed == expected, "cut at \(pieces.first?.count ?? 0)")
      #expect(messages == sample.messages)
      #expect(machine.isOpen == !sample.closes)
    }
  }
}
