/// What `Transfer.next` brings.
package enum FetchStep: Equatable, Sendable {
  /// Every byte of the body that came since the last step; never empty.
  case bytes([UInt8])
  /// The body is complete as far as HTTP can tell.
  case end
  /// Nothing came before the deadline; the transfer goes on.
  case deadline
}

/// One request under way, for one reader. Letting go of it cancels it.
package final class Transfer: Sendable {
  private let channel: TransferChannel
  private let inbox: FetchInbox
  private let number: UInt64
  private let host: String

  init(channel: TransferChannel, inbox: FetchInbox, number: UInt64, host: String) {
    self.channel = channel
    self.inbox = inbox
    self.number = number
    self.host = host
  }

  deinit { cancel() }

  /// Waits for the status and fields.
  package func head() async throws(FetchError) -> FetchHead {
    while true {
      if Task.isCancelled { cancel() }
      if let head = try channel.head() { return head }
      _ = await wait(forHead: true, until: nil)
    }
  }

  /// Waits for more of the body.
  ///
  /// - Parameter deadline: in `Fetcher.now`'s nanoseconds; nil waits as long as the timeouts allow.
  /// - Throws: why the transfer failed, once all bytes that came before were taken.
  package func next(until deadline: UInt64? = nil) async throws(FetchError) -> FetchStep {
    while true {
      if Task.isCancelled { cancel() }
      if let taken = try channel.take() {
        if taken.wasPaused { inbox.put(.resume(number)) }
        return taken.bytes.isEmpty ? .end : .bytes(taken.bytes)
      }
      if let deadline, deadline <= Fetcher.now { return .deadline }
      if await wait(forHead: false, until: deadline) == .deadline { return .deadline }
    }
  }

  /// Closes the transfer and its connection at once; whoever waits gets `cancelled`.
  package func cancel() {
    if channel.abandon(.cancelled(host: host)) { inbox.put(.cancel(number)) }
  }

  /// Lets go of a transfer whose reader has all it needs: what still comes is dropped, for a second at most, so that the
  /// connection can be used again.
  package func linger() {
    if channel.abandon(.cancelled(host: host)) { inbox.put(.linger(number)) }
  }

  private func wait(forHead: Bool, until deadline: UInt64?) async -> TransferChannel.Wake {
    await withTaskCancellationHandler {
      await channel.wait(forHead: forHead) { wait in
        if let deadline { inbox.put(Alarm(deadline: deadline, channel: channel, wait: wait)) }
      }
    } onCancel: {
      cancel()
    }
  }
}
