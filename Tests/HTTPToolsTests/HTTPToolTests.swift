import Basics
import Fetch
import Model
import TestKit
import Testing
import Tools

@testable import HTTPTools

/// Tools against a real server on this machine.
struct HTTPToolTests {
  private static let context = ToolContext(
    run: Identifier("r"), conversation: Identifier("c"),
    agent: AgentReference(id: Identifier("a"), name: "Clerk"), call: 1)

  private static func call(
    _ upstream: ScriptedUpstream, _ arguments: JSONObject = ["city": "Rome"], path: String = "/w/{city}",
    private isPrivate: Bool = true, _ change: (inout RegisteredTool) -> Void = { _ in }
  ) async throws -> ToolAnswer {
    var tool = RegisteredTool(
      name: "weather", url: upstream.url + path,
      parameters: [
        "type": "object", "properties": ["city": ["type": "string"], "note": ["type": "string"]],
        "required": ["city"],
      ], timeout: 60_000, createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
    change(&tool)
    try tool.check()
    let fetcher = try Fetcher(log: .silent)
    defer { fetcher.close() }
    let client = HTTPToolClient(fetcher: fetcher, allowsPrivateAddresses: isPrivate)
    return try await client.tool(tool).call(arguments, in: context)
  }

  @Test func `a GET fills its URL and asks for the rest in the query`() async throws {
    let upstream = try ScriptedUpstream(.response(#"{"degrees":21}"#))
    defer { upstream.stop() }
    let answer = try await Self.call(upstream, ["city": "San José", "note": "now"]) { tool in
      tool.headers = [.init(name: "Authorization", value: "Bearer secret-token-1")]
    }
    #expect(answer == .text(#"{"degrees":21}"#))
    let request = try #require(upstream.requests.first)
    #expect(request.method == "GET" && request.path == "/w/San%20Jos%C3%A9?note=now")
    #expect(request["authorization"] == "Bearer secret-token-1" && request.body.isEmpty)
    #expect(request["accept"]?.hasPrefix("application/json") == true)
  }

  @Test(arguments: [RegisteredTool.Method.post, .put, .patch])
  func `what has a body sends the rest of the arguments as JSON`(method: RegisteredTool.Method) async throws {
    let upstream = try ScriptedUpstream(.response("ok"))
    defer { upstream.stop() }
    _ = try await Self.call(upstream, ["city": "Rome", "note": "ü"]) { $0.method = method }
    let request = try #require(upstream.requests.first)
    #expect(request.method == method.rawValue && request.path == "/w/Rome")
    #expect(request.text == #"{"note":"ü"}"# && request["content-type"] == "application/json")
  }

  @Test func `a DELETE is one, and an answer without content says so`() async throws {
    let upstream = try ScriptedUpstream(.response("", status: 204))
    defer { upstream.stop() }
    let answer = try await Self.call(upstream) { $0.method = .delete }
    #expect(upstream.requests.first?.method == "DELETE")
    #expect(answer == .text("HTTP 204, without content."))
  }

  @Test func `an error of the server goes to the model with its words`() async throws {
    let upstream = try ScriptedUpstream(.response(#"{"error":"no such city"}"#, status: 500))
    defer { upstream.stop() }
    let answer = try await Self.call(upstream)
    #expect(answer.isError && answer.parts.text == "HTTP 500\n{\"error\":\"no such city\"}")
  }

  @Test func `JSON that is none is text like any other`() async throws {
    let upstream = try ScriptedUpstream(.response(#"{"degrees":"#))
    defer { upstream.stop() }
    #expect(try await Self.call(upstream) == .text(#"{"degrees":"#))
  }

  @Test func `a redirect is not followed, so that no secret leaves its server`() async throws {
    let other = try ScriptedUpstream(.response("stolen"))
    defer { other.stop() }
    let upstream = try ScriptedUpstream(.response("", status: 302, fields: ["Location: \(other.url)/x"]))
    defer { upstream.stop() }
    let answer = try await Self.call(upstream) { $0.headers = [.init(name: "X-Key", value: "secret-key-1")] }
    #expect(answer.isError && answer.parts.text.contains("redirect"))
    #expect(other.requests.isEmpty)
  }

  @Test func `a huge body is read to a bound, and its size is told`() async throws {
    let body = String(repeating: "é", count: 500_000)
    let upstream = try ScriptedUpstream(.response(body))
    defer { upstream.stop() }
    let answer = try await Self.call(upstream) { $0.maximumResult = 1001 }
    #expect(answer.wholeBytes == 1_000_000)
    #expect(answer.parts.text == String(repeating: "é", count: 500))
    let endless = try ScriptedUpstream(
      .response(String(repeating: "x", count: ToolResponseBody.readLimit + 100_000)))
    defer { endless.stop() }
    let cut = try await Self.call(endless) { $0.maximumResult = 1000 }
    #expect(cut.wholeBytes == ToolResponseBody.readLimit + 100_000 && cut.parts.text.utf8.count == 1000)
  }

  @Test func `bytes that are no text are not shown`() async throws {
    let upstream = try ScriptedUpstream(.response("\u{0}\u{1}PNG", type: "image/png"))
    defer { upstream.stop() }
    let answer = try await Self.call(upstream)
    #expect(answer.isError && answer.parts.text.contains("5 bytes of image/png"), "\(answer)")
  }

  @Test func `a server that echoes the tool's secrets does not tell them to the model`() async throws {
    let upstream = try ScriptedUpstream { request in
      [.response("you sent \(request["x-key"] ?? "") and \(request["authorization"] ?? "")")]
    }
    defer { upstream.stop() }
    let answer = try await Self.call(upstream) { tool in
      tool.headers = [
        .init(name: "X-Key", value: "hush-hush-hush"),
        .init(name: "Authorization", value: "Basic Zm9vOmJhcg=="),
      ]
    }
    #expect(!answer.parts.text.contains("hush-hush") && !answer.parts.text.contains("Zm9vOmJhcg=="))
  }

  @Test func `a server that does not answer in time is told of as such`() async throws {
    let upstream = try ScriptedUpstream(.stall)
    defer { upstream.stop() }
    await #expect {
      try await Self.call(upstream) { $0.timeout = 150 }
    } throws: { ($0 as? ToolError)?.code == "tool_timeout" && "\($0)".contains("150 ms") }
    let slow = try ScriptedUpstream(.chunkedHead(), .chunk("a"), .stall)
    defer { slow.stop() }
    await #expect {
      try await Self.call(slow) { $0.timeout = 150 }
    } throws: { ($0 as? ToolError)?.code == "tool_timeout" }
  }

  @Test func `a server that breaks off or is not there is an error of the call`() async throws {
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk("half"), .close)
    await #expect {
      try await Self.call(upstream)
    } throws: { ($0 as? ToolError)?.code == "tool_truncated" }
    upstream.stop()
    await #expect {
      try await Self.call(upstream)
    } throws: { ($0 as? ToolError)?.code.hasPrefix("tool_conn") == true }
  }

  @Test func `addresses of this machine are refused unless they are allowed`() async throws {
    let upstream = try ScriptedUpstream(.response("inside"))
    defer { upstream.stop() }
    await #expect {
      try await Self.call(upstream, private: false)
    } throws: {
      ($0 as? ToolError)?.code == "tool_blocked_address" && "\($0)".contains("AGENTHUB_PRIVATE_TOOLS")
    }
    #expect(upstream.requests.isEmpty)
    await #expect {
      try await Self.call(upstream) { $0.url = "http://169.254.169.254/{city}" }
    } throws: { ($0 as? ToolError)?.code == "tool_blocked_address" }
  }

  @Test func `a call that is cancelled lets go of its server`() async throws {
    let upstream = try ScriptedUpstream(.stall)
    defer { upstream.stop() }
    let task = Task { try await Self.call(upstream) }
    #expect(await upstream.wait { !$0.requests.isEmpty })
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(await upstream.wait { $0.closedByPeer == 1 })
  }
}
