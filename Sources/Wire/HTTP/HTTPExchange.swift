/// One request and its response, as far as the connection must know them; a few words, since it is copied a lot.
struct HTTPExchange: Sendable {
  let request: HTTPRequestTraits
  let framing: HTTPBodyFraming
  let wantsKeepAlive: Bool
  /// The whole request has come.
  var isRequestWhole = false
  var isResponseStarted = false
  var isResponseEnded = false
  /// The connection goes on afterwards; decided with the response's head.
  var keepsAlive = false
  /// The client still waits for `100 Continue`.
  var awaitsContinue: Bool
  var clock = BodyClock()
  /// Bytes of the body that came after the response and were dropped.
  var drainedCount = 0

  init(head: HTTPRequestHead) {
    self.request = HTTPRequestTraits(head)
    self.framing = head.framing
    self.wantsKeepAlive = head.wantsKeepAlive
    self.awaitsContinue = head.expectsContinue
  }

  /// How much unread body is worth reading for the sake of the connection.
  static let drainLimit = 64 << 10

  /// Whether what is missing of the body may be read and dropped, so that the connection can go on.
  var isDrainable: Bool {
    guard !isRequestWhole else { return true }
    // A client that was not told to continue may send its body or not: nobody knows what comes next (RFC 9110 §10.1.1).
    guard !awaitsContinue else { return false }
    if case .length(let count) = framing { return count <= Self.drainLimit }
    return true
  }
}

/// Measures how long a body has kept the server waiting; time in which the server did not want it is free.
struct BodyClock: Sendable {
  private var waited: Duration = .zero
  private var waitingSince: Duration?
  private var receivedCount = 0

  mutating func startWaiting(_ now: Duration) {
    if waitingSince == nil { waitingSince = now }
  }

  mutating func received(_ count: Int, _ now: Duration) {
    receivedCount += count
    if let since = waitingSince { waited += now - since }
    waitingSince = nil
  }

  /// When patience is over, unless more bytes come; nil while nobody waits.
  func deadline(_ deadlines: HTTPDeadlines) -> Duration? {
    guard let waitingSince else { return nil }
    let earned = Duration.milliseconds(receivedCount * 1000 / max(1, deadlines.bodyRate))
    let whole = max(deadlines.body, .seconds(receivedCount / max(1, deadlines.largeBodyRate)))
    return waitingSince + min(whole, deadlines.bodyGrace + earned) - waited
  }
}
