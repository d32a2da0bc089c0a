import Basics
import Model
import Storage
import Testing

struct UsageStoreTests {
  let scratch = ScratchStore()

  @Test func `usage comes back as it was stored`() async throws {
    try await scratch.use { store in
      let usage = Usage(inputTokens: 1, outputTokens: 2, cachedTokens: 3, reasoningTokens: 4)
      let records = [0, nil].map { (key: Int?) in
        UsageRecord(
          run: Identifier("r"), agent: Identifier("a"), agentVersion: 2, provider: "openai", model: "gpt-4",
          keyIndex: key, usage: usage, cost: key.map { _ in 0.25 }, at: Timestamp(milliseconds: 5))
      }
      try await store.write { transaction in
        for record in records { try transaction.usage.insert(record) }
      }
      #expect(try await store.read { try $0.usage.ofRun(Identifier("r")) } == records)
    }
  }
}
