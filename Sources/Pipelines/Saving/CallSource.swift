import Providers

/// One call's answer as a run reads it, wherever it comes from: a provider, what is kept, or another run's call. For one reader, in one
/// task.
protocol CallSource: AnyObject {
  /// Waits for more of the answer.
  ///
  /// - Parameter deadline: in `ProviderClient.now`'s nanoseconds; only counts once something was seen.
  /// - Throws: why the answer is not complete; `CancellationError`.
  func next(until deadline: UInt64?) async throws -> ProviderStream.Step

  /// Whose answer it is that begins with the latest events, told once.
  func takeAuthor() -> (provider: String, model: String)?

  /// The answer is complete, or as long as it may be.
  func finish()

  /// The reader leaves, wherever the answer is.
  func cancel()
}

extension CallDriver: CallSource {}
