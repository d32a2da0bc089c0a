import Basics
import EventEngine
import Pipelines
import Storage
import WebServer
import Wire

/// A batch's results one by one, in the order of the inputs, each as soon as it can be told.
///
/// First what the batch is (its id stops it), then the results, then how many there were. A client that leaves stops nothing.
enum BatchStreamEndpoint {
  /// Shows proxies that a stream of events lives.
  private static let longestSilence = Duration.seconds(15)

  static func response(_ batch: Batch, _ form: BatchStreamForm, _ context: APIContext) -> Response {
    let type = form == .events ? "text/event-stream; charset=utf-8" : "application/x-ndjson; charset=utf-8"
    let store = context.store
    return Response(
      200,
      fields: [
        "Content-Type": type, "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no",
      ],
      body: .stream { loop, stream in
        let pipe = BatchPipe(loop: loop, stream: stream)
        Task {
          // An error means that the hub goes down: the last line, which is missing then, tells.
          try? await send(batch, form, to: pipe, store)
          pipe.finish()
        }
      })
  }

  private static func send(
    _ batch: Batch, _ form: BatchStreamForm, to pipe: BatchPipe, _ store: Store
  ) async throws {
    guard await pipe.write(form.piece("batch", batch.summary)) else { return }
    var tally = BatchTally()
    for index in 0..<batch.count {
      let item = try await item(index, of: batch, form, pipe, store)
      guard let item, await pipe.write(form.piece("result", item.json)) else { return }
      tally.add(item.status)
    }
    var last: JSONObject = ["batch": .string(batch.id.text), "done": true]
    for member in tally.members.members { last[member.name] = member.value }
    _ = await pipe.write(form.piece("done", .object(last)))
  }

  /// Nil when the client has left.
  private static func item(
    _ index: Int, of batch: Batch, _ form: BatchStreamForm, _ pipe: BatchPipe, _ store: Store
  ) async throws -> BatchItem? {
    while true {
      if let result = await batch.result(of: index, within: longestSilence) {
        return try await store.read { try BatchItem(index, result, in: $0) }
      }
      guard pipe.isOpen else { return nil }
      if form == .events { _ = await pipe.write(ServerSentEvent.keepAlive) }
    }
  }
}

extension BatchStreamForm {
  fileprivate func piece(_ name: String, _ json: JSON) -> [UInt8] {
    switch self {
    case .lines: json.bytes + [UInt8(ascii: "\n")]
    case .events: ServerSentEvent(event: name, data: json.bytes).encoded
    }
  }
}
