import Basics
import Providers
import Storage
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct KeyRoutesTests {
  static let keys = ["test-key-number-0001", "test-key-number-0002"]

  private static func post(_ site: HubUnderTest, _ path: String, _ body: String) async throws -> Answer {
    try await site.send("POST", path, body: body)
  }

  private static func environment(_ upstream: ScriptedUpstream? = nil) -> [String: String] {
    [
      "BYTEZ_API_KEY_1": keys[0], "BYTEZ_API_KEY_2": keys[1],
      "BYTEZ_BASE_URL": "\(upstream?.url ?? "http://x")/v1",
    ]
  }

  @Test func `keys are listed by provider, with no more than their ends`() async throws {
    try await HubUnderTest.run(providers: Self.environment()) { site in
      let answer = try await site.get("/api/keys")
      let items = answer.json["items"]?.array ?? []
      #expect(items.map { $0["masked"] } == ["***0001", "***0002"])
      #expect(items.map { $0["position"] } == [0, 1])
      #expect(
        items.allSatisfy {
          $0["provider"] == "bytez" && $0["status"] == "healthy" && $0["source"] == "environment"
        })
      for key in Self.keys { #expect(!answer.text.contains(key)) }
      #expect(try await site.get("/api/keys?provider=openai").json["items"] == [])
      #expect(try await site.get("/api/keys?provider=nobody").code == "provider_unknown")
      #expect(try await site.get("/api/keys?provider=demo").code == "key_pool_none")
      #expect(try await site.get("/api/keys?privoder=demo").code == "invalid_query")
    }
  }

  @Test func `a key is added once, used, reset and removed`() async throws {
    try await HubUnderTest.run { site in
      let body = #"{"provider":"openai","key":"test-key-number-0003"}"#
      let added = try await Self.post(site, "/api/keys", body)
      #expect(added.status == 201 && added.json["source"] == "added" && added.json["masked"] == "***0003")
      #expect(!added.text.contains("number"))
      let again = try await Self.post(site, "/api/keys", body)
      #expect(again.status == 200 && again.json["id"] == added.json["id"])
      let id = try #require(added.json["id"]?.string)
      #expect(try await Self.post(site, "/api/keys/\(id)/reset", "").json["status"] == "healthy")
      #expect(try await site.send("DELETE", "/api/keys/\(id)").status == 204)
      #expect(try await site.send("DELETE", "/api/keys/\(id)").code == "key_not_found")
      #expect(try await Self.post(site, "/api/keys/\(id)/reset", "").status == 404)
    }
  }

  static let wrong: [(body: String, status: Int, code: String)] = [
    ("", 400, "invalid_json"), ("[]", 400, "invalid_body"), ("{}", 400, "missing_field"),
    (#"{"provider":"openai"}"#, 400, "missing_field"),
    (#"{"provider":"openai","key":7}"#, 400, "invalid_field"),
    (#"{"provider":"openai","key":"a b"}"#, 400, "invalid_field"),
    (#"{"provider":"openai","key":"a\nb"}"#, 400, "invalid_field"),
    (#"{"provider":"openai","key":"a,b"}"#, 400, "invalid_field"),
    (#"{"provider":"openai","key":"ä"}"#, 400, "invalid_field"),
    (#"{"provider":"nobody","key":"abc"}"#, 400, "provider_unknown"),
    (#"{"provider":"demo","key":"abc"}"#, 400, "key_pool_none"),
    (#"{"provider":"openai","key":"abc","kye":1}"#, 400, "unknown_field"),
  ]

  @Test(arguments: wrong)
  func `a wrong key is refused, and not repeated`(body: String, status: Int, code: String) async throws {
    try await HubUnderTest.run { site in
      let answer = try await Self.post(site, "/api/keys", body)
      #expect(answer.status == status && answer.code == code, "\(answer.text)")
      #expect(try await site.get("/api/keys").json["items"] == [])
    }
  }

  @Test func `a pool takes twenty keys`() async throws {
    let list = (0..<20).map { "key-\($0)" }.joined(separator: ",")
    try await HubUnderTest.run(providers: ["OPENAI_API_KEYS": list]) { site in
      let answer = try await Self.post(site, "/api/keys", #"{"provider":"openai","key":"one-more"}"#)
      #expect(answer.status == 409 && answer.code == "key_pool_full" && answer.json["hint"] != nil)
    }
  }

  @Test func `providers are told with the health of their keys`() async throws {
    try await HubUnderTest.run(providers: Self.environment()) { site in
      let items = try await site.get("/api/providers").json["items"]?.array ?? []
      #expect(items.compactMap { $0["name"]?.string } == ProviderTable.rows.map(\.name))
      let bytez = try #require(items.first { $0["name"] == "bytez" })
      #expect(bytez["totalKeys"] == 2 && bytez["healthyKeys"] == 2 && bytez["health"] == "healthy")
      let demo = try #require(items.first { $0["name"] == "demo" })
      #expect(demo["health"] == .null && demo["takesKeys"] == false)
    }
  }

  @Test func `S001-03 keys that failed are counted and reset as the first gateways did`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [.response(#"{"error":"Unauthorized"}"#, status: 401)]
    }
    try await HubUnderTest.run(providers: Self.environment(upstream)) { site in
      let agent = try await site.makeAgent("Pooled", provider: "bytez", config: [:])
      let invoked = try await Self.post(site, "/api/invoke", #"{"agentId":"\#(agent)","message":"hi"}"#)
      #expect(invoked.text.contains("All API keys exhausted after retries"))
      let metrics = try await site.get("/api/admin/reset-keys").json
      #expect(metrics["success"] == true && metrics["totalKeys"] == 2 && metrics["currentKeyIndex"] == 1)
      let second = metrics["metrics"]?["1 ***0002"]
      #expect(second?["status"] == "failed" && second?["errorCount"] == 1 && second?["usageCount"] == 0)
      #expect(second?["lastError"]?.string?.hasPrefix("401 ") == true)
      let bytez = try await site.get("/api/providers").json["items"]?.array?.first { $0["name"] == "bytez" }
      #expect(bytez?["health"] == "critical")
      let runs = try await site.get("/api/runs").json["items"]?.array ?? []
      let run = try #require(runs.first?["id"]?.string)
      let attempts = try await site.get("/api/runs/\(run)/attempts").json["items"]?.array ?? []
      #expect(attempts.map { $0["status"] } == ["failed", "failed"])
      #expect(attempts.map { $0["keyIndex"] } == [0, 1] && attempts.map { $0["httpStatus"] } == [401, 401])
      #expect(try await site.get("/api/runs/none/attempts").code == "run_not_found")
      let reset = try await Self.post(site, "/api/admin/reset-keys", "")
      #expect(
        reset.text
          == #"{"success":true,"message":"All API keys reset to healthy status","keyCount":2}"#)
      let keys = try await site.get("/api/keys").json["items"]?.array ?? []
      #expect(
        keys.allSatisfy { $0["status"] == "healthy" && $0["lastFailure"] == .null && $0["errors"] == 1 })
      #expect(
        try await site.store.read { try $0.providerKeys.list() }.map(\.condition) == ["healthy", "healthy"])
    }
  }

  static let changes: [(method: String, path: String)] = [
    ("POST", "/api/keys"), ("DELETE", "/api/keys/x"), ("POST", "/api/keys/x/reset"),
    ("POST", "/api/admin/reset-keys"),
  ]

  @Test(arguments: changes)
  func `a foreign page cannot touch keys`(method: String, path: String) async throws {
    try await HubUnderTest.run { site in
      let foreign = ["Origin": "https://evil.example"]
      let answer = try await site.send(
        method, path, body: #"{"provider":"openai","key":"abc"}"#, fields: foreign)
      #expect(answer.status == 403 && answer.code == "origin_not_allowed")
      #expect(try await site.get("/api/keys", fields: foreign).fields["access-control-allow-origin"] == nil)
      #expect(try await site.get("/api/keys").json["items"] == [])
    }
  }
}
