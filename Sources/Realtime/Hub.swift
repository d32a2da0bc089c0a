package import Basics
import CLinux
package import EventEngine
package import Pipelines
package import Storage
import Synchronization

/// What the hub promises its clients.
package struct HubConfiguration: Sendable {
  package var heartbeat = Heartbeat.Timing()
  /// How long events are held back from a fresh session, so that one that resumes can say so before it sees anything. Longer than a
  /// round trip, too short to be noticed.
  package var firstWordPatience: Duration = .milliseconds(100)
  /// Between two comments of an event stream; proxies close silent ones.
  package var keepAlive: UInt64 = 15_000_000_000
  /// How long a connection may take nothing before it is closed as stalled.
  package var stallTimeout: UInt64 = 30_000_000_000
  /// Bytes that may wait for one connection before it is closed as too slow. Events wait in the ring, not here: this bounds replies,
  /// pages and the rest of one cut frame.
  package var maximumBacklog = 4 << 20
  /// Commands of one connection that may wait for the store at a time.
  package var commandsInFlight = 32
  /// What the server below takes of a client, as `hello` tells it.
  package var inbound = Inbound()
  /// The longest pause between two sweeps of a busy loop.
  package var longestTick: UInt64 = 17_000_000
  /// Events that a connection may be behind and still be told each of them; beyond that it gets the newest state instead.
  package var maximumLag: Int64 = 100_000
  /// Whether the sends of a sweep go to the kernel together, where it can.
  package var batchesSends = true
  /// Bytes from which on an event's frame is deflated for the clients that take it so; a lone delta is far below.
  package var deflatesFrom = 1024
  package var log = FrameLog.Limits()

  /// Limits that hold before a message reaches the hub.
  package struct Inbound: Sendable, Equatable {
    /// Bytes of one message.
    package var messageBytes = 1 << 20
    /// Messages a second.
    package var messagesPerSecond = 100
    /// Bytes of messages a second.
    package var bytesPerSecond = 1 << 20

    package init() {}
  }

  package init() {}
}

/// The hub seen from outside: it takes each commit's events to every loop and opens the loops' shards.
package final class Hub: Sendable {
  package let store: Store
  package let runs: RunService
  package let configuration: HubConfiguration
  let log: Log
  let loops: [EventLoop]
  private let dialects: Mutex<[any Dialect]>
  private let dialectCount: Int

  /// Makes a hub.
  ///
  /// - Parameter dialects: the foreign surfaces; `Feed.dialect` counts in this order.
  package init(
    store: Store, runs: RunService, loops: [EventLoop], dialects: [any Dialect],
    configuration: HubConfiguration,
    log: Log
  ) {
    self.store = store
    self.runs = runs
    self.loops = loops
    self.dialectCount = dialects.count
    self.dialects = Mutex(dialects)
    self.configuration = configuration
    self.log = log
  }

  /// Opens a shard on every loop, then follows the log. Call it before the first listener and before anything is written.
  package func start() async throws {
    let head = try await store.read { try $0.events.head() }
    for loop in loops {
      try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
        loop.submit { inside in
          done.resume(
            with: Result {
              inside[HubShard.key] = try HubShard(
                hub: self, loop: inside, head: head, dialects: self.dialectCount)
            })
        }
      }
    }
    store.publish { [self] events in publish(events) }
  }

  /// Tells every connection why the hub leaves, and closes it; returns when all were told.
  ///
  /// - Parameter window: how long the batches may take; zero tells all at once.
  package func drain(within window: Duration) async {
    let nanoseconds = UInt64(max(0, window / .nanoseconds(1)))
    await withTaskGroup(of: Void.self) { group in
      for loop in loops {
        group.addTask {
          await withCheckedContinuation { done in
            loop.submit { inside in
              guard let shard = inside[HubShard.key] else { return done.resume() }
              shard.drain(on: inside, within: nanoseconds) { done.resume() }
            }
          }
        }
      }
    }
  }

  /// The oldest offset of which any loop keeps the frame; whoever reads on from there asks the store for none of them.
  package func oldestFrame() async -> Int64 {
    var oldest = Int64.max
    for loop in loops {
      let first = await withCheckedContinuation { done in
        loop.submit { inside in done.resume(returning: inside[HubShard.key]?.oldestFrame ?? 0) }
      }
      oldest = min(oldest, first)
    }
    return oldest
  }

  /// Runs on the store's writer thread, in offset order: encoded once, then one mailbox entry a loop.
  private func publish(_ events: [PublishedEvent]) {
    let batch = dialects.withLock { FrameBatch(events, dialects: &$0) }
    for loop in loops { loop.submit { inside in inside[HubShard.key]?.append(batch) } }
  }
}
