import Basics
import Glibc
import Synchronization
import TestKit
import Wire

/// A WebSocket client that reads on a thread of its own and keeps what came.
final class SocketClient: Sendable {
  private struct State {
    var messages: [JSON] = []
    var closeCode: Int?
    var isEnded = false
  }

  private let descriptor: Int32
  private let state: Mutex<State>
  /// The subprotocol that the hub chose.
  let subprotocol: String?

  private init(descriptor: Int32, subprotocol: String?) {
    self.descriptor = descriptor
    self.subprotocol = subprotocol
    state = Mutex(State())
  }

  /// Opens a socket, or throws the answer that came instead.
  static func open(
    _ site: HubUnderTest, path: String = "/", subprotocols: String? = nil, fields: [String: String] = [:]
  ) async throws -> SocketClient {
    let port = site.port
    var fields = fields
    fields["Host"] = fields["Host"] ?? "127.0.0.1:\(port)"
    fields["Sec-WebSocket-Protocol"] = subprotocols
    let head = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
    return try await withCheckedThrowingContinuation { continuation in
      startThread {
        do {
          let socket = try RawSocket(port: port, patience: .seconds(60))
          try socket.send(
            "GET \(path) HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(head)\r\n")
          let response = try socket.receiveResponse(hasBody: false)
          guard response.status == 101 else { throw TestFailure("status \(response.status)") }
          let client = SocketClient(
            descriptor: socket.descriptor, subprotocol: response.fields["sec-websocket-protocol"])
          continuation.resume(returning: client)
          client.read(socket)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  /// Owns the socket until it ends.
  private func read(_ socket: RawSocket) {
    while let frame = try? socket.receiveFrame() {
      switch frame.first {
      case 0x81:
        let json = (try? JSON.parse(frame.payload)) ?? .null
        state.withLock { $0.messages.append(json) }
      case 0x88:
        state.withLock { $0.closeCode = frame.closeCode }
        if (try? socket.send(WebSocketFrame.close(1000, mask: 7))) == nil { break }
      case 0x89: try? socket.send(WebSocketFrame.pong(frame.payload, mask: 7))
      default: break
      }
    }
    state.withLock { $0.isEnded = true }
  }

  /// Sends a text message.
  func send(_ text: String) {
    let frame = WebSocketFrame.text(text, mask: 0x1234_5678)
    _ = frame.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  func send(_ json: JSON) { send(json.text) }

  /// Ends the connection without a word.
  func disconnect() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// All messages so far.
  var messages: [JSON] { state.withLock { $0.messages } }
  var isEnded: Bool { state.withLock { $0.isEnded } }
  var closeCode: Int? { state.withLock { $0.closeCode } }

  /// Waits until some message passes, and gives all that came.
  @discardableResult
  func wait(
    _ what: String, seconds: Double = 10, until isLast: @escaping (JSON) -> Bool
  ) async throws -> [JSON] {
    try await eventually("\(what); came: \(messages.suffix(3).map(\.text))", seconds: seconds) {
      messages.contains(where: isLast)
    }
    return messages
  }

  /// Sends a command and waits for its reply.
  func command(_ id: Int, _ name: String, _ more: JSONObject = [:]) async throws -> JSON {
    var object: JSONObject = ["id": .integer(Int64(id)), "command": .string(name)]
    for member in more.members { object[member.name] = member.value }
    send(.object(object))
    let all = try await wait("the reply to \(name)") { $0["reply"]?.integer == Int64(id) }
    return all.first { $0["reply"]?.integer == Int64(id) } ?? .null
  }

  /// The events among the messages.
  var events: [JSON] { messages.filter { $0["offset"] != nil } }
}
