import EventEngine
import Realtime
import WebServer
import Wire

/// A WebSocket as the hub sees a connection.
final class WebSocketTransport: Transport {
  private let webSocket: WebSocketConnection

  init(_ socket: WebSocketConnection) { webSocket = socket }

  /// Whether the client understands `{"bye":…}`; the foreign surfaces get the close code alone.
  private var saysBye: Bool { webSocket.subprotocol == SocketEndpoint.subprotocol }

  var format: TransportFormat { .webSocket }
  var isWritable: Bool { webSocket.isWritable }
  var pendingBytes: Int { webSocket.pendingBytes }
  var lastProgress: UInt64 { webSocket.lastProgress }
  var lastHeard: UInt64 { webSocket.lastHeard }

  var deflateLimit: Int { webSocket.sharedFrameLimit }
  func deflated(_ json: UnsafeRawBufferPointer) -> [UInt8]? { webSocket.sharedFrame(deflating: json) }

  var socket: Connection? { webSocket.socket }

  func write(_ bytes: UnsafeRawBufferPointer) -> Int { webSocket.write(frames: bytes) }
  func queue(_ bytes: [UInt8]) { webSocket.queue(bytes) }
  func send(_ json: [UInt8]) { webSocket.send(text: json) }
  func probe() { webSocket.ping() }
  func finish() { webSocket.close(.normal) }

  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?) {
    if saysBye { send(Reply.bye(reason, retryAfterMilliseconds: retryAfterMilliseconds)) }
    webSocket.close(WebSocketCloseCode(reason.code), reason: reason.text)
  }
}
