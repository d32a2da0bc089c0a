import Basics
import Model
import Providers
import Synchronization

/// One answer on its way to all who asked for it: what came so far, and how it ended.
///
/// Everybody reads at a pace of their own: what came is kept until the last one has left, and an answer is never longer than one message may
/// be. Who comes late reads from the beginning.
final class Flight: Sendable {
  /// How it ended.
  enum End: Sendable {
    case complete
    case failed(any Error)
  }

  /// What a reader that has read some events finds.
  struct News: Sendable {
    /// Where the answer comes from; nil while that is looked up.
    var source: Attempt.Source?
    /// Those that the reader has not read.
    var events: [ProviderEvent]
    /// Whose answer it is; nil while there is none.
    var author: (provider: String, model: String)?
    /// What it took, and cost, once it is complete.
    var usage: Usage?
    var cost: Cost?
    /// How it ended; comes with the last events.
    var end: End?
  }

  private struct State {
    var news = News(events: [])
    var size = 0
    var readers = 0
    var isAbandoned = false
    var work: Task<Void, Never>?
  }

  /// Rings when there is something to read.
  let bell = Bell()
  private let state = Mutex(State())

  // MARK: Those who read

  /// Somebody reads, too; false when everybody has left and it ends.
  func join() -> Bool {
    state.withLock { state in
      guard !state.isAbandoned else { return false }
      state.readers += 1
      return true
    }
  }

  /// What is new for a reader of `count` events.
  func news(after count: Int) -> News {
    state.withLock { state in
      var news = state.news
      news.events = Array(news.events.dropFirst(count))
      return news
    }
  }

  /// A reader has everything, or wants no more. Once nobody reads, the answer is not waited for.
  ///
  /// - Returns: the work that ends now, for those who want to know what it took until then; nil while it goes on or when it is over.
  func leave() -> Task<Void, Never>? {
    let work = state.withLock { state -> Task<Void, Never>? in
      state.readers -= 1
      guard state.readers == 0, state.news.end == nil else { return nil }
      state.isAbandoned = true
      return state.work
    }
    work?.cancel()
    return work
  }

  // MARK: Whoever gets the answer

  /// Lets the work begin. For whoever made the flight, who reads it.
  func begin(_ work: @escaping @Sendable () async -> Void) {
    state.withLock { $0.work = Task { await work() } }
  }

  /// It is known where the answer comes from.
  func depart(from source: Attempt.Source) { change { $0.news.source = source } }

  /// More has come.
  func add(_ events: [ProviderEvent], author: (provider: String, model: String)?) {
    change { state in
      for event in events where event != .keepAlive {
        state.size += event.storedBytes
        state.news.events.append(event)
      }
      state.news.author = state.news.author ?? author
    }
  }

  /// Whether it is as long as a message may be, so that nobody reads on.
  var isFull: Bool { state.withLock { $0.size > RunMachine.maximumText } }

  /// All that came.
  var events: [ProviderEvent] { state.withLock { $0.news.events } }

  /// Nothing more comes.
  ///
  /// - Parameters:
  ///   - usage: what the answer took; nil when nobody knows.
  ///   - cost: what it cost; nil when nobody knows.
  func land(_ end: End, usage: Usage? = nil, cost: Cost? = nil) {
    change { state in
      state.news.usage = usage
      state.news.cost = cost
      state.news.end = end
      state.work = nil
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
    bell.ring()
  }
}
