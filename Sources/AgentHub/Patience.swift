/// Waiting with an end.
enum Patience {
  /// Returns when the work is done, or at a moment when it is not; the work then goes on alone.
  static func wait(until moment: ContinuousClock.Instant, for work: @escaping @Sendable () async -> Void)
    async
  {
    let (ended, end) = AsyncStream<Void>.makeStream()
    Task {
      await work()
      end.finish()
    }
    let alarm = Task {
      try? await Task.sleep(until: moment)
      end.finish()
    }
    for await _ in ended {}
    alarm.cancel()
  }
}
