import Basics
import TestKit

/// An answer of the hub.
struct HubAnswer {
  let status: Int
  let fields: [String: String]
  let json: JSON

  subscript(name: String) -> JSON? { json[name] }
}

extension HubBinary {
  func get(_ path: String) throws -> HubAnswer { try request("GET", path) }

  func post(
    _ path: String, _ body: JSON = [:], fields: String = "", patience: Duration = .seconds(20)
  ) throws -> HubAnswer {
    try request("POST", path, body, fields: fields, patience: patience)
  }

  func request(
    _ method: String, _ path: String, _ body: JSON? = nil, fields: String = "",
    patience: Duration = .seconds(20)
  ) throws -> HubAnswer {
    let socket = try RawSocket(port: port, patience: patience)
    try send(method, path, body, fields: fields, on: socket)
    let response = try socket.receiveResponse()
    let json = response.body.isEmpty ? JSON.null : try JSON.parse(response.body)
    return HubAnswer(status: response.status, fields: response.fields, json: json)
  }

  /// Sends a request whose answer somebody else reads, or nobody.
  func send(
    _ method: String, _ path: String, _ body: JSON?, fields: String = "", on socket: RawSocket
  ) throws {
    let bytes = body?.bytes ?? []
    let type = body == nil ? "" : "Content-Type: application/json\r\nContent-Length: \(bytes.count)\r\n"
    let head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(type)\(fields)\r\n"
    try socket.send(Array(head.utf8) + bytes)
  }

  /// Creates an agent over an OpenAI-compatible server and returns its id.
  func createAgent(_ upstream: ScriptedUpstream, name: String = "Scripted") throws -> String {
    let answer = try post(
      "/api/agents",
      [
        "name": .string(name), "provider": "openai", "model": "scripted",
        "config": ["baseUrl": .string(upstream.url + "/v1")],
      ])
    guard answer.status == 201, let id = answer["id"]?.string else {
      throw ChildProcess.Failure(description: "no agent: \(answer.json.text)")
    }
    return id
  }

  /// Starts a run in the background.
  func begin(_ agent: String, _ message: String, in conversation: String? = nil) throws -> BegunRun {
    var body: JSONObject = ["agentId": .string(agent), "message": .string(message), "background": true]
    body["conversationId"] = conversation.map { .string($0) }
    let answer = try post("/api/invoke", .object(body))
    guard answer.status == 202, let id = answer["id"]?.string,
      let conversation = answer["conversation"]?.string,
      let output = answer["output"]?.string
    else { throw ChildProcess.Failure(description: "no run: \(answer.json.text)") }
    return BegunRun(id: id, conversation: conversation, output: output, message: message)
  }

  /// All items of a paged list.
  func items(_ path: String) throws -> [JSON] {
    var items: [JSON] = []
    var after = ""
    while true {
      let page = try get("\(path)?limit=500\(after)")
      guard page.status == 200, let more = page["items"]?.array else {
        throw ChildProcess.Failure(description: "\(path): \(page.json.text)")
      }
      items += more
      guard let next = page["next"]?.string else { return items }
      after = "&after=\(next)"
    }
  }

  func events(of conversation: String) throws -> [JSON] {
    try items("/api/conversations/\(conversation)/events")
  }
  func messages(of conversation: String) throws -> [JSON] {
    try items("/api/conversations/\(conversation)/messages")
  }
}

/// A run that a test started.
struct BegunRun: Sendable {
  let id: String
  let conversation: String
  /// The message that will hold the answer.
  let output: String
  /// The question.
  let message: String
}
