import Basics
import EventEngine
import Storage
import TestKit
import Testing
import WebServer

@testable import API

/// What listeners of different profiles show, over real sockets.
struct ListenerProfileTests {
  /// Runs a test with a hub that has one more listener.
  private static func run(
    _ profile: String, _ body: @escaping @Sendable (HubUnderTest, UInt16) async throws -> Void
  ) async throws {
    try await HubUnderTest.run { site in
      let profile = try #require(ProfileTable.profile(named: profile))
      try await body(site, try site.listen(as: profile))
    }
  }

  private static func request(
    _ port: UInt16, _ method: String, _ path: String, _ fields: String = ""
  ) async throws -> Answer {
    try await onThread {
      let socket = try RawSocket(port: port, patience: .seconds(20))
      try socket.send(
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\(fields)\r\n"
      )
      return Answer(try socket.receiveResponse(hasBody: method != "HEAD"))
    }
  }

  @Test(
    arguments: [
      ("fsia", #"{"status":"healthy","service":"fsia-api","version":"1.0.0"}"#),
      (
        "customer",
        #"{"status":"healthy","service":"customer-service-ai","version":"1.0.0","environment":"development"}"#
      ),
      ("insightx", #"{"status":"healthy","database":"connected","storage":"connected"}"#),
    ])
  func `S001-16 S004-04 each system's health is its own, on its listener and under its name everywhere`(
    profile: String, health: String
  ) async throws {
    try await Self.run(profile) { (site, port) async throws in
      #expect(try await Self.request(port, "GET", "/health").text == health)
      #expect(try await site.get("/\(profile)/health").text == health)
      #expect(try await site.get("/health").json["epoch"] != nil)
    }
  }

  @Test func `on the port that three systems have, the hub's health holds what all of them need`() throws {
    let facts = ListenerProfile.Facts(port: 8000, version: "9", epoch: "e", environment: "test")
    let health = ProfileTable.hub.health(facts)
    for profile in ProfileTable.rows where ["fsia", "insightx"].contains(profile.name) {
      for member in profile.health(facts).object?.members ?? [] {
        #expect(health[member.name] == member.value)
      }
    }
    #expect(health["epoch"] == "e" && health["environment"] == "test")
  }

  @Test(
    arguments: [
      ("insightx", "service", "InsightX Backend"), ("customer", "docs", "/docs"),
      ("fsia", "status", "running"),
    ])
  func `the root of a system without pages is JSON`(profile: String, member: String, value: String)
    async throws
  {
    try await Self.run(profile) { (site, port) async throws in
      #expect(try await Self.request(port, "GET", "/").json[member] == .string(value))
      #expect(try await site.get("/\(profile)").json[member] == .string(value))
    }
  }

  @Test(arguments: ["hub", "nexus"])
  func `S003-16 the hub and Agent Nexus have a page at the root`(profile: String) async throws {
    try await Self.run(profile) { (site, port) async throws in
      let page = try await Self.request(port, "GET", "/")
      #expect(page.fields["content-type"] == "text/html; charset=utf-8")
      #expect(try await Self.request(port, "HEAD", "/").status == 200)
      #expect(try await site.get("/\(profile)").status == 200)
    }
  }

  @Test(
    arguments: [
      ("fsia", #"{"detail":"Not Found"}"#, #"{"detail":"Method Not Allowed"}"#),
      ("customer", #"{"detail":"Not Found"}"#, #"{"detail":"Method Not Allowed"}"#),
      (
        "insightx", #"{"error":"Not Found","detail":"Not Found"}"#,
        #"{"error":"Method Not Allowed","detail":"Method Not Allowed"}"#
      ),
    ])
  func `what is not there and what is not allowed looks as the system's clients know it`(
    profile: String, missing: String, refused: String
  ) async throws {
    try await Self.run(profile) { (_, port) async throws in
      let nothing = try await Self.request(port, "GET", "/nothing")
      #expect(nothing.status == 404 && nothing.text == missing)
      let wrong = try await Self.request(port, "POST", "/health")
      #expect(wrong.status == 405 && wrong.text == refused)
      #expect(wrong.fields["allow"]?.contains("GET") == true)
    }
  }

  @Test(arguments: ["hub", "nexus"])
  func `the hub's own errors keep their members`(profile: String) async throws {
    try await Self.run(profile) { (_, port) async throws in
      let nothing = try await Self.request(port, "GET", "/nothing")
      #expect(nothing.status == 404 && nothing.code == "route_not_found" && nothing.error != nil)
      #expect(nothing.json["detail"] == "Not Found", "clients of three systems read nothing else")
      let method = try await Self.request(port, "GET", "/internal/chat/stream")
      #expect(method.status == 405 && method.code == "method_not_allowed" && method.error != nil)
      #expect(method.json["detail"] == "Method Not Allowed")
    }
  }

  @Test(arguments: ProfileTable.rows.map(\.name))
  func `S002-33 S004-03 every listener documents itself`(profile: String) async throws {
    try await Self.run(profile) { (site, port) async throws in
      for path in ["/docs", "/redoc", "/\(profile)/docs"] {
        let page = try await Self.request(port, "GET", path)
        #expect(page.status == 200 && page.text.hasPrefix("<!doctype html>"))
        #expect(page.fields["content-security-policy"]?.contains("unsafe") == false)
      }
      let document = try await Self.request(port, "GET", "/openapi.json")
      #expect(document.json["openapi"] == "3.1.0")
      #expect(try await site.get("/\(profile)/openapi.json").text == document.text)
    }
  }

  @Test(arguments: ["http://localhost:3000", "http://localhost:3005", "http://127.0.0.1:3000"])
  func `S004-02 pages of this machine may call every listener`(origin: String) async throws {
    try await Self.run("customer") { (site, port) async throws in
      let asked =
        "Origin: \(origin)\r\nAccess-Control-Request-Method: POST\r\n"
        + "Access-Control-Request-Headers: content-type\r\n"
      let preflight = try await Self.request(port, "OPTIONS", "/chat/stream", asked)
      #expect(preflight.status == 204)
      #expect(preflight.fields["access-control-allow-origin"] == origin)
      #expect(preflight.fields["access-control-allow-methods"]?.contains("POST") == true)
      #expect(preflight.fields["access-control-allow-headers"]?.lowercased().contains("content-type") == true)
      #expect(preflight.fields["access-control-allow-credentials"] == "true")
      let health = try await site.get("/health", fields: ["Origin": origin])
      #expect(health.fields["access-control-allow-origin"] == origin)
      #expect(health.fields["access-control-allow-credentials"] == nil)
    }
  }

  @Test func `a strange page is refused on every listener`() async throws {
    try await Self.run("customer") { (_, port) async throws in
      let answer = try await Self.request(port, "POST", "/chat", "Origin: https://elsewhere.example\r\n")
      #expect(answer.status == 403)
      #expect(answer.fields["access-control-allow-origin"] == nil)
      #expect(answer.fields["access-control-allow-credentials"] == nil)
    }
  }
}
