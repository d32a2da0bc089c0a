import Basics

/// The server's side of one HTTP/1.1 connection, without its socket and its clock (RFC 9112 §9).
///
/// Facts go in; after each, `next()` is called and its action done until it says `.wait` (or until the request in
/// service takes no more body: then later). One request is in service at a time, so answers keep the order of
/// requests. Afterwards `wakeAt` and `wantsBytes` say what to wait for.
///
///     machine.received(bytes, now: now)
///     while true {
///       switch machine.next() {
///       case .request(let head): serve(head)   // later: responseStarted, responseEnded, then next() again
///       case .wait: return
///       …
///
/// All times are durations since one fixed moment of a monotonic clock.
package struct HTTPConnectionMachine: Sendable {
  private enum Phase {
    /// Between requests, or inside a head; the time is when the first byte of that head came.
    case reading(headSince: Duration?)
    case serving(HTTPExchange)
    /// An error is to be answered, or is being answered.
    case refusing
    /// Only `.close` or `.abandon` is left to say.
    case ending(HTTPConnectionAction)
    case upgraded
    case closed
  }

  private let deadlines: HTTPDeadlines
  private var parser: HTTPRequestParser
  private var phase: Phase = .reading(headSince: nil)
  /// The moment of the newest fact that told it.
  private var now: Duration
  private var idleSince: Duration
  /// Nothing has come yet.
  private var isFresh = true
  private var isPeerFinished = false
  private var isQuiescing = false
  private var owesContinue = false

  /// Begins with a connection that was just accepted.
  package init(limits: HTTPLimits = HTTPLimits(), deadlines: HTTPDeadlines = HTTPDeadlines(), now: Duration) {
    self.deadlines = deadlines
    self.parser = HTTPRequestParser(limits: limits)
    self.now = now
    self.idleSince = now
  }

  // MARK: What to wait for

  /// Whether the connection should be read: false while a peer has sent far ahead of what is served, and at the end.
  package var wantsBytes: Bool {
    switch phase {
    case .reading, .serving: !isPeerFinished && parser.bufferedCount < Self.readAheadLimit
    case .refusing, .ending, .upgraded, .closed: false
    }
  }

  /// When to call `deadlinePassed`, unless another fact comes first.
  package var wakeAt: Duration? {
    switch phase {
    case .reading(headSince: nil): idleSince + (isFresh ? deadlines.firstByte : deadlines.idle)
    case .reading(let since?): since + deadlines.head
    case .serving(let exchange) where !exchange.isRequestWhole: exchange.clock.deadline(deadlines)
    case .serving, .refusing, .ending, .upgraded, .closed: nil
    }
  }

  private static let readAheadLimit = 64 << 10

  /// The path of a request that was refused before it was one, as far as it is known.
  package var refusedPath: String? { parser.refusedPath }

  // MARK: Facts of the connection

  /// The peer sent bytes.
  package mutating func received(_ bytes: Span<UInt8>, now: Duration) {
    self.now = now
    isFresh = false
    parser.receive(bytes)
    switch phase {
    case .reading(headSince: nil): phase = .reading(headSince: now)
    case .serving(var exchange):
      exchange.clock.received(bytes.count, now)
      phase = .serving(exchange)
    case .reading, .refusing, .ending, .upgraded, .closed: break
    }
  }

  /// The peer will send no more bytes; it may still read.
  package mutating func peerFinished() { isPeerFinished = true }

  /// The time that `wakeAt` told has come.
  package mutating func deadlinePassed(now: Duration) {
    self.now = now
    guard let wakeAt, now >= wakeAt else { return }
    switch phase {
    case .reading(let since): end(with: since == nil ? .close : .refuse(.headTimedOut))
    case .serving(let exchange): fail(.bodyTimedOut, exchange)
    case .refusing, .ending, .upgraded, .closed: break
    }
  }

  /// The server shuts down: finish the request in service, take no other.
  package mutating func quiesce() { isQuiescing = true }

  // MARK: Facts of the request in service

  /// The request's handler wants the body: a client that waits for `100 Continue` gets it.
  package mutating func bodyWanted() {
    guard case .serving(var exchange) = phase, exchange.awaitsContinue, !exchange.isResponseStarted else {
      return
    }
    exchange.awaitsContinue = false
    phase = .serving(exchange)
    owesContinue = true
  }

  /// The response begins. The encoder that comes back writes it, and says whether the connection goes on.
  ///
  /// - Precondition: a request is in service or refused, and its response has not begun.
  package mutating func responseStarted(_ head: HTTPResponseHead, length: HTTPBodyLength)
    -> HTTPResponseEncoder
  {
    guard case .serving(var exchange) = phase else {
      return HTTPResponseEncoder(head, length: length, to: HTTPRequestTraits(), keepsAlive: false)
    }
    precondition(!exchange.isResponseStarted, "a request is answered once")
    let goesOn = exchange.wantsKeepAlive && exchange.isDrainable && !isQuiescing && !isPeerFinished
    let encoder = HTTPResponseEncoder(head, length: length, to: exchange.request, keepsAlive: goesOn)
    exchange.isResponseStarted = true
    exchange.keepsAlive = encoder.keepsAlive
    phase = .serving(exchange)
    return encoder
  }

  /// The last byte of the response has been handed to the socket's queue.
  package mutating func responseEnded(now: Duration) {
    self.now = now
    switch phase {
    case .serving(var exchange):
      exchange.isResponseEnded = true
      phase = .serving(exchange)
    case .refusing: phase = .ending(.close)
    case .reading, .ending, .upgraded, .closed: break
    }
  }

  /// The connection speaks another protocol after a 101 response.
  ///
  /// - Returns: the bytes that came after the request, the first of the new protocol.
  package mutating func upgraded() -> [UInt8] {
    phase = .upgraded
    return parser.takeRemainder()
  }

  // MARK: What to do

  /// Gives the next action.
  package mutating func next() -> HTTPConnectionAction {
    while true {
      switch phase {
      case .reading: if let action = readHead() { return action }
      case .serving(let exchange): if let action = serve(exchange) { return action }
      case .ending(let action):
        phase = if case .refuse = action { .refusing } else { .closed }
        return action
      case .refusing, .upgraded, .closed: return .wait
      }
    }
  }

  /// Looks for a request's head; nil means that the phase changed.
  private mutating func readHead() -> HTTPConnectionAction? {
    do throws(HTTPParseError) {
      if case .head(let head) = try parser.next() {
        phase = .serving(HTTPExchange(head: head))
        return .request(head)
      }
    } catch {
      end(with: .refuse(error))
      return nil
    }
    // Half a head was never a request: a stop need not wait for the rest of it.
    if isPeerFinished || isQuiescing {
      end(with: .close)
      return nil
    }
    return .wait
  }

  /// Goes on with the request in service; nil means that the phase changed.
  private mutating func serve(_ exchange: HTTPExchange) -> HTTPConnectionAction? {
    if owesContinue {
      owesContinue = false
      return .send(Self.continueBytes)
    }
    if exchange.isResponseEnded, !exchange.keepsAlive || exchange.isRequestWhole || isQuiescing {
      finish(exchange)
      return nil
    }
    guard !exchange.isRequestWhole else { return .wait }
    do throws(HTTPParseError) {
      return try readBody(exchange)
    } catch {
      fail(error, exchange)
      return nil
    }
  }

  private mutating func readBody(_ exchange: HTTPExchange) throws(HTTPParseError) -> HTTPConnectionAction? {
    var exchange = exchange
    switch try parser.next() {
    case .body(let bytes):
      exchange.awaitsContinue = false
      if exchange.isResponseEnded { exchange.drainedCount += bytes.count }
      if exchange.drainedCount > HTTPExchange.drainLimit { exchange.keepsAlive = false }
      phase = .serving(exchange)
      return exchange.isResponseEnded ? nil : .body(bytes)
    case .end:
      exchange.isRequestWhole = true
      phase = .serving(exchange)
      return exchange.isResponseEnded ? nil : .requestEnded
    case .head, nil:
      guard !isPeerFinished else {
        end(with: exchange.isResponseEnded ? .close : .abandon)
        return nil
      }
      if !exchange.awaitsContinue { exchange.clock.startWaiting(now) }
      phase = .serving(exchange)
      return .wait
    }
  }

  private mutating func finish(_ exchange: HTTPExchange) {
    guard exchange.keepsAlive, !isQuiescing else { return end(with: .close) }
    idleSince = now
    phase = .reading(headSince: parser.bufferedCount > 0 ? now : nil)
  }

  /// A fault inside a body: answered while that is still possible.
  private mutating func fail(_ error: HTTPParseError, _ exchange: HTTPExchange) {
    guard exchange.isResponseStarted else { return end(with: .refuse(error)) }
    end(with: exchange.isResponseEnded ? .close : .abandon)
  }

  private mutating func end(with action: HTTPConnectionAction) { phase = .ending(action) }

  private static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}
