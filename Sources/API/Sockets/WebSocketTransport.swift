import Realtime
import WebServer
import Wire

/// A WebSocket as the hub sees a connection.
final class WebSocketTransport: Transport {
  private let socket: WebSocketConnection
  /// Whether the client understands `{"bye":…}`; the foreign surfaces get the close code alone.
  private let saysBye: Bool

  init(_ socket: WebSocketConnection, saysBye: Bool) {
    self.socket = socket
    self.saysBye = saysBye
  }

  var format: TransportFormat { .webSocket }
  var isWritable: Bool { socket.isWritable }
  var pendingBytes: Int { socket.pendingBytes }
  var lastProgress: UInt64 { socket.lastProgress }

  func write(_ bytes: UnsafeRawBufferPointer) -> Int { socket.write(frames: bytes) }
  func queue(_ bytes: [UInt8]) { socket.queue(bytes) }
  func send(_ json: [UInt8]) { socket.send(text: json) }
  func probe() { socket.ping() }
  func finish() { socket.close(.normal) }

  func close(_ reason: CloseReason) {
    if saysBye { send(Reply.bye(reason)) }
    socket.close(WebSocketCloseCode(reason.code), reason: reason.text)
  }
}
