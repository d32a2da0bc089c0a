import Basics
import Model
import Providers

/// A flight's answer as one of those reads it who asked for it.
///
/// Whoever began the flight has its tries in the journal; the others have one of their own, which cost nothing and tells what it saved.
final class SavedCall: CallSource {
  /// Longer than anybody waits without being rung for.
  private static let longestWait = Duration.seconds(3600)

  private let flight: Flight
  private let call: ProviderCall
  private let journal: AttemptJournal
  private let leads: Bool
  /// Told when a kept answer was given to its end.
  private let hit: @Sendable () -> Void
  private var read = 0
  private var attempt: Attempt?
  private var hasBegun = false
  private var author: (provider: String, model: String)?
  private var hasAuthor = false
  private var isOver = false

  /// - Parameter call: what was asked, for the words of an attempt.
  init(
    _ flight: Flight, of call: ProviderCall, journal: AttemptJournal, leads: Bool,
    hit: @escaping @Sendable () -> Void
  ) {
    self.flight = flight
    self.call = call
    self.journal = journal
    self.leads = leads
    self.hit = hit
  }

  func next(until deadline: UInt64?) async throws -> ProviderStream.Step {
    while true {
      try Task.checkCancellation()
      let rings = flight.bell.count
      let news = flight.news(after: read)
      note(news)
      if !news.events.isEmpty {
        read += news.events.count
        return .events(news.events)
      }
      switch news.end {
      case .complete:
        leave(.completed, news)
        return .end
      case .failed(let error):
        leave(.failed, news, error)
        throw error
      case nil: break
      }
      guard let wait = wait(until: deadline) else { return .deadline }
      await flight.bell.wait(after: rings, within: wait)
    }
  }

  private func wait(until deadline: UInt64?) -> Duration? {
    guard let deadline else { return Self.longestWait }
    let now = ProviderClient.now
    return deadline > now ? .nanoseconds(Int64(clamping: deadline - now)) : nil
  }

  func takeAuthor() -> (provider: String, model: String)? {
    defer { author = nil }
    return author
  }

  func finish() { leave(.completed, flight.news(after: read)) }

  func cancel() { leave(.stopped, flight.news(after: read)) }

  /// Writes down that the answer comes from elsewhere, and that it has begun.
  private func note(_ news: Flight.News) {
    if let source = news.source, !hasBegun {
      hasBegun = true
      if source == .cache || !leads {
        let begun = journal.begin(call, from: source == .cache ? .cache : .joined)
        attempt = begun
        journal.post(beginning: begun)
      }
    }
    guard !hasAuthor, let told = news.author else { return }
    hasAuthor = true
    author = told
    attempt?.provider = told.provider
    attempt?.model = told.model
    attempt?.answeredAt = journal.now
  }

  /// Leaves the flight, once; what ends with that is waited for before the run's end is stored.
  private func leave(_ status: Attempt.Status, _ news: Flight.News, _ error: (any Error)? = nil) {
    guard !isOver else { return }
    isOver = true
    if let ending = flight.leave() { journal.settle(after: ending) }
    guard var attempt else { return }
    attempt.status = status
    attempt.error = error.map { RunFailure($0) }
    attempt.usage = .saving(status == .completed ? news.usage : nil)
    attempt.cost = .zero
    attempt.savedCost = status == .completed ? news.cost : nil
    attempt.finishedAt = journal.now
    journal.end(attempt)
    if attempt.source == .cache, status == .completed { hit() }
  }
}
