import EventEngine

extension HubShard {
  /// Says goodbye to all connections, batch after batch, and calls back when the last was told. Those that are still there follow on.
  ///
  /// - Parameter window: nanoseconds until all must have been told.
  func drain(on loop: Loop, within window: UInt64, then: @escaping () -> Void) {
    let machine = DrainMachine(connections: subscriberCount, window: window)
    sayGoodbye(machine, since: loop.now, on: loop, then: then)
  }

  private func sayGoodbye(
    _ machine: DrainMachine, since start: UInt64, on loop: Loop, then: @escaping () -> Void
  ) {
    var machine = machine
    let elapsed = loop.now - start
    for subscriber in subscribers.suffix(machine.batch(at: elapsed, of: subscriberCount)) {
      deliver(to: subscriber)  // what came last waits for the next sweep
      subscriber.close(
        .draining,
        retryAfterMilliseconds: machine.retryAfter(
          at: elapsed, jitter: Heartbeat.jitter(ofConnection: UInt64(subscriber.id.generation))))
    }
    guard subscriberCount > 0 else { return then() }
    loop.schedule(after: .nanoseconds(DrainMachine.pause)) { [self] loop in
      sayGoodbye(machine, since: start, on: loop, then: then)
    }
  }
}
