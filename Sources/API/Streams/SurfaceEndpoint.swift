import Basics
import EventEngine
import Model
import Pipelines
import Realtime
import Storage
import WebServer
import Wire

/// A run shown on a surface while it works. Whoever leaves ends the run: nobody else is meant to wait for it.
struct SurfaceEndpoint: Sendable {
  let context: APIContext
  let run: Run
  let dialect: any SurfaceDialect
  /// When the request came.
  let beginning: ContinuousClock.Instant
  /// Keeps what is to be kept of the run, before the surface tells its end.
  var keep: @Sendable (RunEnding) async -> Void = { _ in }

  private static let fields: HTTPFields = [
    "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache",
    "Connection": "keep-alive", "X-Accel-Buffering": "no",
  ]

  /// The streams of one loop that are open, since only their loop may touch them.
  private final class Open {
    static let key = LoopLocal<Open>()
    var transports: [SubscriberID: SurfaceTransport] = [:]
  }

  /// The run as a stream of the surface's events.
  func response() async throws -> Response {
    let input = try await context.store.read { [run] in try $0.messages.get(run.input) }
    let before = max(0, (input?.seq ?? 1) - 1)
    return Response(200, fields: Self.fields, body: .stream { loop, stream in begin(loop, stream, before) })
  }

  private func begin(_ loop: Loop, _ stream: ResponseStream, _ before: Int64) {
    guard let shard = loop[HubShard.key] else { return stream.finish() }
    let open = loop[Open.key] ?? Open()
    loop[Open.key] = open
    let transport = SurfaceTransport(stream, dialect, of: run.id)
    let subscriber = shard.subscribe(transport, to: .hub)
    let id = subscriber.id
    open.transports[id] = transport
    stream.onWritable = { subscriber.becameWritable() }
    // A page that is left closes its connection; without a word to it, nobody would notice before the next event.
    stream.onPeerFinished = { transport.probe() }
    stream.onStopping = { subscriber.close(.draining) }
    stream.onClosed = { [context, run] in
      open.transports[id] = nil
      subscriber.closed()
      Task { _ = try? await context.runs.stop(run.id) }
    }
    transport.open()
    subscriber.follow(Filter(topic: .run(run.id)), in: run.conversation, after: before, epoch: nil)
    follow(on: loop.outside, id)
  }

  /// Waits for the run's end, has it kept, and lets the stream end behind all that led to it.
  private func follow(on loop: EventLoop, _ id: SubscriberID) {
    Task {
      let ending = await ending()
      await keep(ending)
      // The run may be over before its last events have reached this loop.
      let head = (try? await context.store.read { try $0.events.head() }) ?? 0
      loop.submit { loop in
        guard let subscriber = loop[HubShard.key]?.subscriber(id) else { return }
        loop[Open.key]?.transports.removeValue(forKey: id)?.ending = ending
        subscriber.finish(after: head)
      }
    }
  }

  /// What the run came to, as soon as it has. An error here means that the hub goes down.
  func ending() async -> RunEnding {
    let over = try? await context.runs.outcome(of: run.id)
    let message = try? await context.store.read { [run] in try $0.messages.get((over ?? run).output) }
    let seconds = (ContinuousClock.now - beginning) / .seconds(1)
    await note(over ?? run, seconds)
    guard let over, over.status.isFinal else {
      return RunEnding(status: .interrupted, text: "", failure: .interrupted, seconds: seconds)
    }
    if let error = over.error, over.status == .failed {
      // The streams are for customers, who can do nothing about keys; this line is for who can.
      context.log.write(
        .warning, "A chat failed", ["run": run.id.text, "code": error.code, "error": error.advice])
    }
    return RunEnding(
      status: over.status, text: message?.text ?? "", failure: over.error, seconds: seconds)
  }

  /// One line in the log for whoever asks who answered, and how long that took.
  private func note(_ run: Run, _ seconds: Double) async {
    let steps = (try? await context.store.read { try $0.events.steps(of: run) }) ?? []
    let route = steps.lazy.filter { $0.type == .routeDecided }.compactMap { try? $0.event().body }.first
    var label = ""
    if case .other(_, let members)? = route { label = members["label"]?.string ?? "" }
    context.log.write(
      .info, "Chat over",
      [
        "run": run.id.text, "client": run.clientNames, "route": label, "status": run.status.rawValue,
        "seconds": JSON.number((seconds * 1000).rounded() / 1000).text,
      ])
  }
}

extension Run {
  /// The ids that the client of a surface gave, for the log.
  var clientNames: String {
    let ids = parameters.members.filter { $0.name.hasSuffix("_id") }
    return ids.map { "\($0.name) \($0.value.string ?? "")" }.joined(separator: ", ")
  }
}
