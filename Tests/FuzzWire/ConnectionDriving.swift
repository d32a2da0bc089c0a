import Wire

/// Serves whatever comes, as a driver would; the machine must come to an end.
func driveConnection(_ pieces: [[UInt8]]) {
  var machine = HTTPConnectionMachine(now: .zero)
  var (isServing, steps, end) = (false, 0, 0)
  for (index, piece) in (pieces + [[]]).enumerated() {
    let now = Duration.seconds(index)
    if index == pieces.count { machine.peerFinished() } else { machine.received(piece.span, now: now) }
    acting: while true {
      steps += 1
      precondition(steps < 1_000_000, "the machine never waits")
      switch machine.next() {
      case .request:
        precondition(!isServing && end == 0, "a request came out of turn")
        isServing = true
      case .requestEnded, .refuse:
        _ = machine.responseStarted(HTTPResponseHead(status: 200), length: .unknown)
        machine.responseEnded(now: now)
        isServing = false
      case .close, .abandon: end += 1
      case .body, .send: break
      case .wait: break acting
      }
    }
  }
  precondition(end == 1, "a finished peer must end the connection once")
}
