import Basics
import Glibc
import TestKit
import Testing

/// Keys of the environment in a real hub: used in turns, remembered over deaths, never shown.
struct KeyPoolTests {
  private static let keys = ["sk-first-key-0123456789aaaa", "sk-other-key-0123456789bbbb"]

  @Test func `a key that failed is still known after kill -9, and no key is written anywhere`() async throws {
    let upstream = try ScriptedUpstream { request in
      if request["authorization"] == "Bearer \(Self.keys[0])" {
        return [.response("{\"error\":{\"message\":\"bad key \(Self.keys[0])\"}}", status: 401)]
      }
      if request.text.contains("stay") {
        return [CompletionScript.head, CompletionScript.piece("Half"), .stall]
      }
      return CompletionScript.whole("ok")
    }
    defer { upstream.stop() }
    try await onThread { try Self.live(twice: upstream) }
  }

  private static func live(twice upstream: ScriptedUpstream) throws {
    let folder = ScratchFolder()
    let environment = [
      "OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEYS": keys.joined(separator: ","),
      "AGENTHUB_LOG": "debug",
    ]
    var hub = try HubBinary(in: folder, environment: environment)
    let agent = try hub.post(
      "/api/agents", ["name": "Pooled", "provider": "openai", "model": "m", "config": [:]])
    let id = try #require(agent["id"]?.string)
    let first = try hub.post("/api/invoke", ["agentId": .string(id), "message": "Hello"])
    #expect(first.status == 200, "\(first.json.text)")
    #expect(upstream.requests.count == 2)
    let before = try hub.get("/api/keys")
    #expect(before["items"]?[0]?["status"] == "invalid" && before["items"]?[1]?["uses"] == 1)

    let cut = try hub.begin(id, "stay").id
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    // Nobody's answer waits for the row of a try, so a hub that dies within the same millisecond may not have it.
    func isUnderWay() throws -> Bool {
      try upstream.requests.count == 3
        && hub.get("/api/runs/\(cut)/attempts")["items"]?.array?.isEmpty == false
    }
    while try !isUnderWay(), ContinuousClock.now < deadline { usleep(5000) }
    hub.killAtOnce()

    hub = try HubBinary(in: folder, environment: environment)
    let after = try hub.get("/api/keys")
    #expect(after["items"]?[0] == before["items"]?[0])
    let attempts = try hub.get("/api/runs/\(cut)/attempts")
    #expect(attempts["items"]?.array?.map { $0["status"] } == ["interrupted"])
    let second = try hub.post("/api/invoke", ["agentId": .string(id), "message": "Hello"])
    #expect(second.status == 200)
    #expect(upstream.requests.count == 4)
    hub.terminate()
    #expect(hub.ending() == .exited(0))

    let shown = try HubBinary.run(["config"], in: folder, environment: environment).output
    var written = Array((hub.errors + before.json.text + after.json.text + shown).utf8)
    for name in ["hub.db", "hub.db-wal"] { written += HubBinary.contents(of: "\(folder.path)/\(name)") }
    let text = String(decoding: written, as: UTF8.self)
    #expect(hub.errors.contains("key failed"))
    for key in keys {
      #expect(!text.contains(key))
      // Of what is between the ends nothing, either.
      #expect(!text.contains("key-0123"))
    }
  }
}
