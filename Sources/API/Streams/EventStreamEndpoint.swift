import Basics
import EventEngine
import Model
import Pipelines
import Realtime
import Storage
import WebServer
import Wire

/// Live events over plain HTTP (WHATWG HTML §9.2): a conversation's until it is deleted, a run's until its own end.
enum EventStreamEndpoint {
  private static let fields: HTTPFields = [
    "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
  ]

  /// A conversation's events after a position, then what comes.
  static func conversation(_ id: Identifier<Conversation>, from position: StreamPosition) -> Response {
    stream { _, subscriber in
      subscriber.follow(
        Filter(topic: .conversation(id), after: position.seq), in: id, after: position.seq,
        epoch: position.epoch)
    }
  }

  /// All events of a run, from its own message on, ended behind the last one.
  static func run(_ run: Run, _ context: APIContext) async throws -> Response {
    let input = try await context.store.read { try $0.messages.get(run.input) }
    let before = max(0, (input?.seq ?? 1) - 1)
    let (runs, store) = (context.runs, context.store)
    return stream { loop, subscriber in
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("run", run)
      writer.endObject()
      subscriber.send(writer.bytes)
      subscriber.follow(Filter(topic: .run(run.id)), in: run.conversation, after: before, epoch: nil)
      let (outside, id) = (loop.outside, subscriber.id)
      Task {
        // Whatever came of it, nothing more will: an error here means that the hub goes down.
        _ = try? await runs.outcome(of: run.id)
        // The run may be over before its last events have reached this loop.
        let head = (try? await store.read { try $0.events.head() }) ?? 0
        outside.submit { $0[HubShard.key]?.subscriber(id)?.finish(after: head) }
      }
    }
  }

  private static func stream(_ begin: @escaping @Sendable (Loop, Subscriber) -> Void) -> Response {
    Response(
      200, fields: fields,
      body: .stream { loop, stream in
        guard let shard = loop[HubShard.key] else { return stream.finish() }
        let transport = EventStreamTransport(stream)
        let subscriber = shard.subscribe(transport, to: .hub)
        stream.onWritable = { subscriber.becameWritable() }
        stream.onClosed = { subscriber.closed() }
        stream.onPeerFinished = { transport.probe() }
        stream.onStopping = { subscriber.close(.draining) }
        // Shows proxies and clients that the stream is open before its first event.
        transport.probe()
        begin(loop, subscriber)
      })
  }
}
