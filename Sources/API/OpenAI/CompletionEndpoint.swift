import Basics
import EventEngine
import Model
import Pipelines
import Realtime
import Storage
import WebServer
import Wire

/// A run shown to the client that asked for it: whole, or in chunks while it works.
struct CompletionEndpoint: Sendable {
  let context: APIContext
  let run: Run
  let completion: ChatCompletion
  /// Whether the run ends when its reader leaves: nobody else has asked for it, and nobody can come back to it.
  let stopsWithReader: Bool

  /// How long a response may wait for the first word of the answer. Then it begins, so that proxies do not take it for dead, and a
  /// failure is told within it.
  private static let patience = Duration.seconds(10)
  /// How long a stream may wait for its response, which begins at once unless its client has left.
  private static let mostUnattached = Duration.seconds(5)

  private static let fields: HTTPFields = [
    "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
  ]

  /// The streams of one loop that are open, since only their loop may touch them.
  private final class Open {
    static let key = LoopLocal<Open>()
    var transports: [SubscriberID: CompletionTransport] = [:]
  }

  /// The answer when the run is over.
  func whole(to request: Request) async throws -> Response {
    if stopsWithReader { request.whenPeerLeaves { stop() } }
    let over = try await context.runs.outcome(of: run.id)
    let outcome = try await context.store.read { try ChatOutcome(of: over, in: $0) }
    if let fault = outcome.fault { return named(fault.response) }
    return named(.json(completion.json(outcome)))
  }

  /// The answer in chunks; as an error of its own when the run fails before the first one.
  func stream(on loop: EventLoop, includesUsage: Bool) async throws -> Response {
    let input = try await context.store.read { [run] in try $0.messages.get(run.input) }
    let before = max(0, (input?.seq ?? 1) - 1)
    let chunks = ChatChunks(completion, includesUsage: includesUsage)
    let sign = CompletionSign()
    let opened = await withCheckedContinuation { (opened: CheckedContinuation<SubscriberID?, Never>) in
      loop.submit { opened.resume(returning: open(chunks, sign, after: before, on: $0)) }
    }
    guard let id = opened else { throw RunError.draining }
    follow(on: loop, id)
    if let fault = await sign.fault(within: Self.patience) {
      loop.submit { $0[Open.key]?.transports[id] = nil }
      return named(fault.response)
    }
    loop.submit { expectReader(of: id, on: $0) }
    return named(Response(200, fields: Self.fields, body: .stream { attach(id, $1, on: $0) }))
  }

  /// Which conversation may be continued, for clients that read fields only.
  private func named(_ response: Response) -> Response {
    var response = response
    response.fields.set("X-Conversation-Id", run.conversation.text)
    response.fields.set("X-Run-Id", run.id.text)
    return response
  }

  // MARK: On the loop

  private func open(
    _ chunks: ChatChunks, _ sign: CompletionSign, after seq: Int64, on loop: Loop
  ) -> SubscriberID? {
    guard let shard = loop[HubShard.key] else { return nil }
    let open = loop[Open.key] ?? Open()
    loop[Open.key] = open
    let transport = CompletionTransport(chunks, sign)
    let subscriber = shard.subscribe(transport, to: .hub)
    let id = subscriber.id
    open.transports[id] = transport
    let filter = Filter(topic: .run(run.id), types: [.messageDelta])
    subscriber.follow(filter, in: run.conversation, after: seq, epoch: nil)
    return id
  }

  /// A response whose client has left before it never begins, and nobody says so.
  private func expectReader(of id: SubscriberID, on loop: Loop) {
    _ = loop.schedule(after: Self.mostUnattached) { loop in
      guard let transport = loop[Open.key]?.transports[id], !transport.isAttached else { return }
      left(id, on: loop)
    }
  }

  private func attach(_ id: SubscriberID, _ stream: ResponseStream, on loop: Loop) {
    guard let transport = loop[Open.key]?.transports[id] else { return stream.finish() }
    guard let subscriber = loop[HubShard.key]?.subscriber(id) else {
      // The run is over already.
      loop[Open.key]?.transports[id] = nil
      return transport.attach(stream)
    }
    let outside = loop.outside
    stream.onWritable = { subscriber.becameWritable() }
    stream.onPeerFinished = { transport.probe() }
    stream.onStopping = { subscriber.close(.draining) }
    stream.onClosed = { outside.submit { left(id, on: $0) } }
    transport.attach(stream)
    subscriber.becameWritable()
  }

  /// The client has gone.
  private func left(_ id: SubscriberID, on loop: Loop) {
    loop[Open.key]?.transports[id] = nil
    loop[HubShard.key]?.subscriber(id)?.closed()
    if stopsWithReader { stop() }
  }

  private func stop() {
    Task { _ = try? await context.runs.stop(run.id) }
  }

  /// Waits for the run's end and lets the stream end behind all that led to it.
  private func follow(on loop: EventLoop, _ id: SubscriberID) {
    Task {
      // An error here means that the hub goes down.
      let over = try? await context.runs.outcome(of: run.id)
      let outcome = try? await context.store.read { [run] in try ChatOutcome(of: over ?? run, in: $0) }
      // The run may be over before its last events have reached this loop.
      let head = (try? await context.store.read { try $0.events.head() }) ?? 0
      loop.submit { loop in
        guard let subscriber = loop[HubShard.key]?.subscriber(id) else { return }
        let transport = loop[Open.key]?.transports[id]
        transport?.outcome = outcome ?? ChatOutcome(status: .interrupted)
        if transport?.isAttached == true { loop[Open.key]?.transports[id] = nil }
        subscriber.finish(after: head)
      }
    }
  }
}
