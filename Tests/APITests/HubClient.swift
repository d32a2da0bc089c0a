import Basics
import Glibc
import TestKit

/// Runs blocking work on a thread of its own: the pool has as few threads as the machine has cores, and the hub needs them.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    startThread { continuation.resume(with: Result { try work() }) }
  }
}

/// Starts a thread that nobody waits for.
func startThread(_ work: @escaping @Sendable () -> Void) {
  final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var thread = pthread_t()
  let argument = Unmanaged.passRetained(Work(work)).toOpaque()
  pthread_create(
    &thread, nil,
    { argument in
      if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }, argument)
  pthread_detach(thread)
}

/// An answer with its JSON.
struct Answer: Sendable {
  let status: Int
  let fields: [String: String]
  let body: [UInt8]
  /// The body as JSON; null when it is none.
  let json: JSON

  init(_ response: RawResponse) {
    status = response.status
    fields = response.fields
    body = response.body
    json = (try? JSON.parse(response.body)) ?? .null
  }

  var text: String { String(decoding: body, as: UTF8.self) }
  /// The `error` member.
  var error: String? { json["error"]?.string }
  /// The `code` member.
  var code: String? { json["code"]?.string }
}

extension HubUnderTest {
  /// Sends one request on a connection of its own.
  func send(
    _ method: String, _ path: String, body: String = "", fields: [String: String] = [:]
  ) async throws -> Answer {
    let port = port
    return try await onThread {
      let socket = try RawSocket(port: port, patience: .seconds(20))
      var head = "\(method) \(path) HTTP/1.1\r\nConnection: close\r\n"
      var fields = fields
      fields["Host"] = fields["Host"] ?? "127.0.0.1:\(port)"
      if !body.isEmpty { fields["Content-Length"] = "\(body.utf8.count)" }
      for (name, value) in fields { head += "\(name): \(value)\r\n" }
      try socket.send(head + "\r\n" + body)
      return Answer(try socket.receiveResponse(hasBody: method != "HEAD"))
    }
  }

  func get(_ path: String, fields: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, fields: fields)
  }

  func post(_ path: String, _ json: JSON, fields: [String: String] = [:]) async throws -> Answer {
    try await send("POST", path, body: json.text, fields: fields)
  }

  func patch(_ path: String, _ json: JSON, fields: [String: String] = [:]) async throws -> Answer {
    try await send("PATCH", path, body: json.text, fields: fields)
  }

  /// Uploads a file as a page does.
  func upload(
    _ csv: String, name: String = "data.csv", field: String = "file", fields: [String: String] = [:]
  ) async throws -> Answer {
    let disposition = "Content-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\""
    let body = "--edge\r\n\(disposition)\r\nContent-Type: text/csv\r\n\r\n\(csv)\r\n--edge--\r\n"
    var fields = fields
    fields["Content-Type"] = fields["Content-Type"] ?? "multipart/form-data; boundary=edge"
    return try await send("POST", "/api/upload", body: body, fields: fields)
  }

  /// Uploads a file that must be taken; its session.
  func session(of csv: String) async throws -> String {
    let answer = try await upload(csv)
    guard let id = answer.json["session_id"]?.string else { throw TestFailure("no session: \(answer.text)") }
    return id
  }

  /// Invokes an agent and waits for its answer.
  func invoke(_ agent: String, _ message: String, _ more: JSONObject = [:]) async throws -> Answer {
    var body: JSONObject = ["agentId": .string(agent), "message": .string(message)]
    for member in more.members { body[member.name] = member.value }
    return try await post("/api/invoke", .object(body))
  }
}
