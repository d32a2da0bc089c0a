import Basics
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BudgetRoutesTests {
  private static func put(_ site: HubUnderTest, _ place: String, _ body: String) async throws -> Answer {
    try await site.send("PUT", "/api/budgets/\(place)", body: body)
  }

  @Test func `a budget is set, reached, raised and taken away`() async throws {
    let upstream = try ScriptedUpstream { _ in Script.whole("ok") }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let set = try await Self.put(site, "agent/\(agent)/day", #"{"dollars":0.000032}"#)
      #expect(
        set.status == 200 && set.json["dollars"] == .number(0.000032) && set.json["spent"] == .number(0))
      #expect(try await site.invoke(agent, "hi").status == 200)
      let refused = try await site.invoke(agent, "hi")
      #expect(refused.status == 429 && refused.code == "budget_exhausted", "\(refused.text)")
      #expect(refused.error == "Agent invocation failed")
      #expect(refused.json["details"]?.string?.contains("begins anew at") == true)
      let items = try await site.get("/api/budgets").json["items"]?.array ?? []
      #expect(items.map { $0["reached"] } == [true] && items.map { $0["spent"] } == [.number(0.000032)])
      #expect(try await Self.put(site, "agent/\(agent)/day", #"{"dollars":1}"#).json["reached"] == false)
      #expect(try await site.invoke(agent, "hi").status == 200)
      #expect(try await site.send("DELETE", "/api/budgets/agent/\(agent)/day").status == 204)
      #expect(try await site.send("DELETE", "/api/budgets/agent/\(agent)/day").code == "budget_not_found")
      #expect(try await site.get("/api/budgets").json["items"] == [])
    }
  }

  static let wrong: [(place: String, body: String, status: Int, code: String)] = [
    ("agent/none/day", #"{"dollars":1}"#, 404, "agent_not_found"),
    ("key/none/day", #"{"dollars":1}"#, 404, "key_not_found"),
    ("tenant/none/day", #"{"dollars":1}"#, 404, "tenant_not_found"),
    ("tenant/default/week", #"{"dollars":1}"#, 400, "invalid_field"),
    ("user/default/day", #"{"dollars":1}"#, 400, "invalid_field"),
    ("tenant/default/day", "{}", 400, "missing_field"), ("tenant/default/day", "", 400, "invalid_json"),
    ("tenant/default/day", #"{"dollars":"1"}"#, 400, "invalid_field"),
    ("tenant/default/day", #"{"dollars":-1}"#, 400, "invalid_field"),
    ("tenant/default/day", #"{"dollars":1e12}"#, 400, "invalid_field"),
    ("tenant/default/day", #"{"dollars":1,"euros":1}"#, 400, "unknown_field"),
  ]

  @Test(arguments: wrong)
  func `a wrong budget is refused`(place: String, body: String, status: Int, code: String) async throws {
    try await HubUnderTest.run { site in
      let answer = try await Self.put(site, place, body)
      #expect(answer.status == status && answer.code == code, "\(answer.text)")
      #expect(try await site.get("/api/budgets").json["items"] == [])
    }
  }

  @Test func `a foreign page sets no budget`() async throws {
    try await HubUnderTest.run { site in
      let foreign = ["Origin": "https://evil.example"]
      let answer = try await site.send(
        "PUT", "/api/budgets/tenant/default/day", body: #"{"dollars":0}"#, fields: foreign)
      #expect(answer.status == 403)
      #expect(try await site.get("/api/budgets").json["items"] == [])
    }
  }
}
