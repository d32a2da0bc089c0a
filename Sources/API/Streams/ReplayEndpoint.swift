import Basics
import Realtime
import Storage
import WebServer
import Wire

/// A stretch of a conversation's log once more, as an event stream that ends behind it.
enum ReplayEndpoint {
  static func response(_ replay: Replay, epoch: String) -> Response {
    Response(
      200,
      fields: [
        "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
      ],
      body: .stream { loop, stream in
        let pipe = BatchPipe(loop: loop, stream: stream)
        Task {
          // Shows proxies that the stream is open before its first event. An error means that the hub goes down.
          if await pipe.write(ServerSentEvent.keepAlive), let end = try? await send(replay, epoch, to: pipe) {
            _ = await pipe.write(
              ServerSentEvent(event: "control", data: end.json(of: replay.order).bytes).encoded)
          }
          pipe.finish()
        }
      })
  }

  private static func send(_ replay: Replay, _ epoch: String, to pipe: BatchPipe) async throws -> Replay.End {
    try await replay.run { events in
      var bytes: [UInt8] = []
      for event in events {
        ServerSentEvent(id: "\(epoch):\(event.seq)", data: event.json).append(to: &bytes)
      }
      return await pipe.write(bytes)
    }
  }
}
