import Basics
import Glibc
import TestKit
import Testing

/// What calls cost, in a real hub with prices and budgets of its own.
struct UsageTests {
  private static let prices = """
    {"date":"2026-11-21","prices":[
      {"provider":"openai","models":["m"],"input":1000000,"output":4000000,"source":"this test"}]}
    """

  private static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  @Test func `what was counted and what a budget holds are the same after kill -9`() async throws {
    let upstream = try ScriptedUpstream { _ in CompletionScript.whole("ok") }
    defer { upstream.stop() }
    try await onThread { try Self.live(twice: upstream) }
  }

  private static func live(twice upstream: ScriptedUpstream) throws {
    let folder = ScratchFolder()
    try write(prices, to: "\(folder.path)/prices.json")
    let environment = [
      "OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEY": "sk-a-key-0123456789",
      "AGENTHUB_PRICES": "\(folder.path)/prices.json",
    ]
    var hub = try HubBinary(in: folder, environment: environment)
    let agent = try hub.post(
      "/api/agents", ["name": "Dear", "provider": "openai", "model": "m", "config": [:]])
    let id = try #require(agent["id"]?.string)
    let budget = "/api/budgets/agent/\(id)/month"
    #expect(try hub.request("PUT", budget, ["dollars": 0.000064]).status == 200)
    for _ in 0..<2 {
      #expect(try hub.post("/api/invoke", ["agentId": .string(id), "message": "Hello"]).status == 200)
    }
    hub.killAtOnce()

    hub = try HubBinary(in: folder, environment: environment)
    let total = try hub.get("/api/usage?group=agent,key")["items"]?[0]
    #expect(total?["calls"] == 2 && total?["cost"] == .number(0.000064) && total?["unpricedCalls"] == 0)
    let refused = try hub.post("/api/invoke", ["agentId": .string(id), "message": "Hello"])
    #expect(refused.status == 429 && refused["code"] == "budget_exhausted", "\(refused.json.text)")
    #expect(upstream.requests.count == 2)
    hub.terminate()
    #expect(hub.ending() == .exited(0))
  }

  @Test(arguments: [("nowhere.json", "nowhere.json"), ("prices.json", "has no source")])
  func `a price table that cannot be used stops the start`(name: String, says: String) async throws {
    try await onThread {
      let folder = ScratchFolder()
      try Self.write(
        #"{"date":"2026-11-21","prices":[{"provider":"openai","models":["m"],"input":1,"output":1}]}"#,
        to: "\(folder.path)/prices.json")
      let result = try HubBinary.run(
        ["serve", "--port", "0", "--prices", "\(folder.path)/\(name)"], in: folder)
      #expect(result.ending != .exited(0) && result.output.isEmpty)
      #expect(result.errors.contains(says), "\(result.errors)")
    }
  }
}
