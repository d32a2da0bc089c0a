import Basics
import Realtime
import Storage
import Synchronization
import TestKit
import Testing
import Wire

@testable import API

/// A client of an event stream, which reads on a thread of its own.
private final class StreamClient: Sendable {
  private let state = Mutex<(events: [ServerSentEvent], raw: [UInt8], isEnded: Bool)>(([], [], false))
  let fields: [String: String]
  let status: Int

  private init(_ status: Int, _ fields: [String: String]) {
    self.status = status
    self.fields = fields
  }

  static func open(
    _ site: HubUnderTest, _ method: String, _ path: String, fields: [String: String] = [:], body: String = ""
  ) async throws -> StreamClient {
    let port = site.port
    return try await withCheckedThrowingContinuation { continuation in
      startThread {
        do {
          let socket = try RawSocket(port: port, patience: .seconds(30))
          let more = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
          let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
          try socket.send(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\(more)\(length)\r\n\(body)"
          )
          let head = try socket.receive(through: "\r\n\r\n").split(separator: "\r\n")
          var fields: [String: String] = [:]
          for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
          }
          let status = Int(head[0].split(separator: " ")[1]) ?? 0
          let client = StreamClient(status, fields)
          continuation.resume(returning: client)
          client.read(socket)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private func read(_ socket: RawSocket) {
    var parser = ServerSentEventParser()
    while let line = try? socket.receive(through: "\r\n"), let size = Int(line.dropLast(1), radix: 16),
      size > 0,
      let chunk = try? socket.receive(exactly: size), (try? socket.receive(exactly: 2)) != nil
    {
      let parts = (try? parser.receive(chunk)) ?? []
      let events = parts.compactMap { part in if case .event(let event) = part { event } else { nil } }
      state.withLock {
        $0.raw += chunk
        $0.events += events
      }
    }
    state.withLock { $0.isEnded = true }
  }

  var all: [ServerSentEvent] { state.withLock { $0.events } }
  var raw: String { state.withLock { String(decoding: $0.raw, as: UTF8.self) } }
  var isEnded: Bool { state.withLock { $0.isEnded } }
  /// The hub's events, without control messages.
  var events: [JSON] { all.filter { $0.event == nil }.compactMap { try? JSON.parse($0.data) } }
  var controls: [JSON] { all.filter { $0.event == "control" }.compactMap { try? JSON.parse($0.data) } }

  func wait(_ what: String, until isLast: @escaping (JSON) -> Bool) async throws {
    try await eventually(what) {
      self.events.contains(where: isLast) || self.controls.contains(where: isLast)
    }
  }
}

struct EventStreamTests {
  @Test func `S004-37 a conversation streams from its beginning and goes on live`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "one").json["conversationId"] ?? .null
      let path = "/api/conversations/\(id.string ?? "")/events"
      let stream = try await StreamClient.open(site, "GET", path)
      #expect(stream.fields["content-type"] == "text/event-stream; charset=utf-8")
      #expect(stream.fields["cache-control"] == "no-cache, no-transform")
      #expect(stream.fields["x-accel-buffering"] == "no")
      try await stream.wait("live") { $0["live"] != nil }
      _ = try await site.invoke(agent, "elsewhere")
      _ = try await site.invoke(agent, "two", ["conversationId": id])
      let head = try await site.get(path).json["seq"]?.integer ?? 0
      try await stream.wait("the newest") { $0["seq"]?.integer == head }
      #expect(stream.events.compactMap { $0["seq"]?.integer } == Array(1...head))
      #expect(
        stream.all.filter { $0.event == nil }.map(\.id) == (1...head).map { "\(site.store.epoch):\($0)" })
      #expect(stream.raw.hasPrefix(":\n\n"))
    }
  }

  @Test func `a stream ends behind the deletion of its conversation, and a socket goes on`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "one").json["conversationId"]?.string ?? ""
      let other = try await site.invoke(agent, "elsewhere").json["conversationId"]?.string ?? ""
      let socket = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      _ = try await socket.command(1, "subscribe", ["conversation": .string(id), "after": 0])
      _ = try await socket.command(2, "subscribe", ["conversation": .string(other), "after": 0])
      let stream = try await StreamClient.open(site, "GET", "/api/conversations/\(id)/events")
      let beside = try await StreamClient.open(site, "GET", "/api/conversations/\(other)/events")
      for stream in [stream, beside] { try await stream.wait("live") { $0["live"] != nil } }
      #expect(try await site.send("DELETE", "/api/conversations/\(id)").status == 204)
      try await eventually("the stream's end") { stream.isEnded }
      #expect(stream.events.last?["type"] == "conversation.deleted")
      try await socket.wait("the deletion") { $0["type"] == "conversation.deleted" }
      _ = try await site.patch("/api/conversations/\(other)", ["title": "still there"])
      try await socket.wait("the other conversation") { $0["type"] == "conversation.updated" }
      try await beside.wait("the other conversation") { $0["type"] == "conversation.updated" }
    }
  }

  @Test func `Last-Event-ID resumes exactly, and outranks the address`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "one").json["conversationId"]?.string ?? ""
      let path = "/api/conversations/\(id)/events"
      let head = try await site.get(path).json["seq"]?.integer ?? 0
      for (fields, query, first) in [
        (["Last-Event-ID": "\(site.store.epoch):5"], "?after=2", 6), ([:], "?after=2", 3),
        ([:], "?after=0", 1),
      ] as [([String: String], String, Int64)] {
        let stream = try await StreamClient.open(site, "GET", path + query, fields: fields)
        try await stream.wait("live") { $0["live"] != nil }
        #expect(stream.events.compactMap { $0["seq"]?.integer } == Array(first...head))
      }
    }
  }

  @Test func `an id of another numbering gets a snapshot, then the tail`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "one").json["conversationId"] ?? .null
      let path = "/api/conversations/\(id.string ?? "")/events"
      for field in ["elsewhere:3", "\(site.store.epoch):999999"] {
        let stream = try await StreamClient.open(site, "GET", path, fields: ["Last-Event-ID": field])
        try await stream.wait("live") { $0["live"] != nil }
        let snapshot = try #require(stream.controls.first { $0["snapshot"] != nil })
        #expect(snapshot["snapshot"]?["messages"]?.array?.isEmpty == false)
        // Whoever leaves right behind the snapshot comes back behind it.
        let seq = snapshot["snapshot"]?["seq"]?.integer ?? -1
        let controls = stream.all.filter { $0.event == "control" }
        #expect(controls.map(\.id) == [String?](repeating: "\(site.store.epoch):\(seq)", count: 2))
        let before = stream.events.count
        #expect(before == 0)
        _ = try await site.invoke(agent, "two", ["conversationId": id])
        try await stream.wait("the tail") { $0["type"] == "run.completed" }
      }
    }
  }

  @Test func `a stream of what is not there is an ordinary error`() async throws {
    try await HubUnderTest.run { site in
      let missing = try await site.get(
        "/api/conversations/nope/events", fields: ["Accept": "text/event-stream"])
      #expect(missing.status == 404)
      #expect(missing.code == "conversation_not_found")
      let wrong = try await site.get(
        "/api/conversations/nope/events", fields: ["Accept": "text/event-stream", "Last-Event-ID": "x"])
      #expect(wrong.code == "invalid_position")
    }
  }

  @Test(arguments: ["{\"stream\":true,", "{"])
  func `an invocation streams its own run and ends behind its last event`(start: String) async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let body = start + "\"agentId\":\"\(agent)\",\"message\":\"hi\"}"
      async let other = site.invoke(agent, "beside")
      let stream = try await StreamClient.open(site, "POST", "/api/invoke", body: body)
      try await eventually("the stream's end") { stream.isEnded }
      _ = try await other
      let run = stream.controls.first?["run"]?["id"]
      #expect(stream.events.allSatisfy { $0["run"] == run })
      #expect(stream.events.first?["type"] == "message.created")
      #expect(stream.events.last?["type"] == "run.completed")
      let text = stream.events.filter { $0["type"] == "message.delta" }.compactMap { $0["text"]?.string }
        .joined()
      #expect(stream.events.first { $0["type"] == "message.completed" }?["text"]?.string == text)
    }
  }

  @Test func `a run that fails ends its stream with the reason`() async throws {
    let upstream = try ScriptedUpstream(.response("{}", status: 404))
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let body = "{\"agentId\":\"\(agent)\",\"message\":\"hi\"}"
      let stream = try await StreamClient.open(site, "POST", "/api/invoke", body: body)
      try await eventually("the stream's end") { stream.isEnded }
      #expect(stream.events.last?["type"] == "run.failed")
      #expect(stream.events.last?["error"]?["message"]?.string?.isEmpty == false)
    }
  }

  @Test func `a repeated invocation streams the run that there was`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let body = "{\"agentId\":\"\(agent)\",\"message\":\"hi\"}"
      var streams: [[JSON]] = []
      for _ in 0..<2 {
        let stream = try await StreamClient.open(
          site, "POST", "/api/invoke", fields: ["Idempotency-Key": "k"], body: body)
        try await eventually("the stream's end") { stream.isEnded }
        streams.append(stream.events)
      }
      #expect(streams[0] == streams[1])
    }
  }

  @Test func `a silent stream says that it lives`() async throws {
    var configuration = HubConfiguration()
    configuration.keepAlive = 1_000_000_000
    try await HubUnderTest.run(hub: configuration) { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "one").json["conversationId"]?.string ?? ""
      let stream = try await StreamClient.open(site, "GET", "/api/conversations/\(id)/events")
      try await stream.wait("live") { $0["live"] != nil }
      try await eventually("a comment") { stream.raw.hasSuffix(":\n\n") }
    }
  }
}
