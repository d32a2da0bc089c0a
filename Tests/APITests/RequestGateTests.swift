import Basics
import TestKit
import Testing

@testable import API

struct RequestGateTests {
  @Test(
    arguments: [
      ("GET", nil, "evil.example", 421), ("GET", nil, "localhost", 200),
      ("GET", "https://evil.example", "localhost", 200),
      ("POST", "https://evil.example", "localhost", 403), ("POST", "null", "localhost", 403),
      ("POST", "http://localhost:3000", "localhost", 400),
      ("POST", "https://board.example", "localhost", 400),
      ("POST", nil, "localhost", 400), ("POST", nil, "evil.example", 421),
    ] as [(String, String?, String, Int)])
  func `hosts and pages are let in or not`(method: String, origin: String?, host: String, status: Int)
    async throws
  {
    var configuration = APIConfiguration()
    configuration.allowedOrigins = ["https://board.example"]
    try await HubUnderTest.run(configuration) { site in
      var fields = ["Host": host]
      fields["Origin"] = origin
      let answer = try await site.send(
        method, "/api/agents", body: method == "POST" ? "{}" : "", fields: fields)
      #expect(answer.status == status)
      if status >= 400 { #expect(answer.json["code"]?.string != nil) }
    }
  }

  @Test func `a page of another port may ask first, call, and read the answer`() async throws {
    try await HubUnderTest.run { site in
      let origin = "http://localhost:3000"
      let preflight = try await site.send(
        "OPTIONS", "/api/agents",
        fields: [
          "Origin": origin, "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "content-type,x-requested-with",
        ])
      #expect(preflight.status == 204)
      #expect(preflight.fields["access-control-allow-origin"] == origin)
      #expect(preflight.fields["access-control-allow-methods"]?.contains("PATCH") == true)
      let headers = preflight.fields["access-control-allow-headers"]?.lowercased() ?? ""
      for name in [
        "content-type", "authorization", "idempotency-key", "if-match", "last-event-id", "accept",
        "x-requested-with",
      ] {
        #expect(headers.contains(name))
      }
      let read = try await site.get("/api/agents", fields: ["Origin": origin])
      #expect(read.fields["access-control-allow-origin"] == origin)
      #expect(read.fields["vary"]?.contains("Origin") == true)
      let failed = try await site.get("/api/agents/nope", fields: ["Origin": origin])
      #expect(failed.fields["access-control-allow-origin"] == origin)
      let foreign = try await site.get("/api/agents", fields: ["Origin": "https://evil.example"])
      #expect(foreign.fields["access-control-allow-origin"] == nil)
      #expect(foreign.fields["vary"]?.contains("Origin") == true)
      let refused = try await site.send(
        "OPTIONS", "/api/agents",
        fields: ["Origin": "https://evil.example", "Access-Control-Request-Method": "POST"])
      #expect(refused.status == 403)
      #expect(refused.fields["access-control-allow-origin"] == nil)
    }
  }

  @Test(arguments: [
    ("http://localhost:3000", true), (nil, true), ("https://evil.example", false), ("null", false),
  ])
  func `a socket opens for those pages only`(origin: String?, opens: Bool) async throws {
    try await HubUnderTest.run { site in
      var fields: [String: String] = [:]
      fields["Origin"] = origin
      let client = try? await SocketClient.open(site, fields: fields)
      #expect((client != nil) == opens)
    }
  }
}
