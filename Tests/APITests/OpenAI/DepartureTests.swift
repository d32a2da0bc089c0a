import Basics
import Model
import Pipelines
import Storage
import TestKit
import Testing

@testable import API

/// Clients of the front door that do not wait for their answer.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct DepartureTests {
  @Test(
    arguments: [
      ([:], [:], "stopped"), (["conversation": "stored"], [:], "running"),
      ([:], ["Idempotency-Key": "k1"], "running"),
    ] as [(JSONObject, [String: String], String)])
  func `a client that leaves ends a run that is its own alone`(
    more: JSONObject, fields: [String: String], status: String
  ) async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      ModelRequest(request).question == "wait" ? Script.gated("One", gate, "two") : Script.whole("ok")
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let begun = try await site.post(ChatBody.path, ChatBody.of(agent))
      var more = more
      if more["conversation"] != nil { more["conversation"] = begun.json["conversation"] }
      more["stream"] = true
      _ = try await SurfaceClient.open(
        site.port, ChatBody.path, ChatBody.of(agent, "wait", more), fields: fields, leavingAfter: "One")
      if status == "running" {
        try await eventually("the client has left") { site.liveStreams == 0 }
        gate.open()
      }
      try await eventually("the run is over") {
        let run = try await site.get("/api/runs?limit=1").json["items"]?[0]
        return run?["status"]?.string == (status == "running" ? "completed" : status)
      }
      gate.open()
    }
  }

  @Test func `a client that leaves before the first word ends its run, too`() async throws {
    let (first, last) = (Gate(), Gate())
    let upstream = try ScriptedUpstream { _ in
      [Script.head, .waitFor(first), Script.piece("One"), .waitFor(last)] + Script.finish
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let (port, body) = (site.port, ChatBody.of(agent, "hi", ["stream": true]).text)
      let leave = Gate()
      async let gone: Void = onThread {
        let socket = try RawSocket(port: port, patience: .seconds(20))
        let head =
          "POST \(ChatBody.path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try socket.send(head + body)
        leave.wait()
        socket.reset()
      }
      #expect(await upstream.wait { $0.requests.count == 1 })
      leave.open()
      try await gone
      first.open()
      try await eventually("the run is stopped") {
        try await site.get("/api/runs?limit=1").json["items"]?[0]?["status"] == "stopped"
      }
      last.open()
    }
  }

  @Test(
    arguments: [
      ([:], "", false, "stopped"), ([:], "", true, "stopped"),
      (["conversation": "stored"], "", false, "completed"),
      ([:], "Idempotency-Key: k1\r\n", false, "completed"),
    ] as [(JSONObject, String, Bool, String)])
  func `a client that leaves without waiting for the whole answer ends its run, too`(
    more: JSONObject, fields: String, resets: Bool, status: String
  ) async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      ModelRequest(request).question == "wait" ? Script.gated("One", gate, "two") : Script.whole("ok")
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let begun = try await site.post(ChatBody.path, ChatBody.of(agent))
      var more = more
      if more["conversation"] != nil { more["conversation"] = begun.json["conversation"] }
      let (port, body) = (site.port, ChatBody.of(agent, "wait", more).text)
      let leave = Gate()
      async let gone: Void = onThread {
        let socket = try RawSocket(port: port, patience: .seconds(20))
        let head =
          "POST \(ChatBody.path) HTTP/1.1\r\nHost: localhost\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n"
        try socket.send(head + body)
        leave.wait()
        if resets { socket.reset() } else { socket.close() }
      }
      #expect(await upstream.wait { $0.requests.count == 2 })
      leave.open()
      try await gone
      if status == "completed" {
        try await Task.sleep(for: .milliseconds(100))
        gate.open()
      }
      try await eventually("the run is over") {
        try await site.get("/api/runs?limit=1").json["items"]?[0]?["status"]?.string == status
      }
      gate.open()
    }
  }
}

/// What clients of OpenAI ask.
enum ChatBody {
  static let path = "/v1/chat/completions"

  static func of(_ model: String, _ text: String = "hi", _ more: JSONObject = [:]) -> JSON {
    var object: JSONObject = [
      "model": .string(model), "messages": [["role": "user", "content": .string(text)]],
    ]
    for member in more.members { object[member.name] = member.value }
    return .object(object)
  }
}
