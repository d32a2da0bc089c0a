import Basics
import Model
import Storage
import Testing

struct RunStoreTests {
  let scratch = ScratchStore()

  @Test func `a run comes back as it was stored`() async throws {
    try await scratch.use { store in
      let run = try await store.write { transaction in
        let conversation = try transaction.conversations.create().id
        var run = Run(
          id: Identifier("r1"), conversation: conversation, agent: Identifier("a"), agentName: "A",
          agentVersion: 3, parentRun: Identifier("r0"), input: Identifier("i"), output: Identifier("o"),
          createdAt: Timestamp(milliseconds: 1))
        try transaction.runs.insert(run)
        run.status = .failed
        run.startedAt = Timestamp(milliseconds: 2)
        run.finishedAt = Timestamp(milliseconds: 3)
        run.usage = Usage(inputTokens: 1, outputTokens: 2, cachedTokens: 3, reasoningTokens: 4)
        run.error = RunFailure(code: "timeout", message: "slow", hint: "wait")
        try transaction.runs.update(run)
        return run
      }
      #expect(try await store.read { try $0.runs.get(run.id) } == run)
      await #expect(throws: StoreError.notFound(noun: "run", id: "none")) {
        try await store.write { transaction in
          var other = run
          other.id = Identifier("none")
          try transaction.runs.update(other)
        }
      }
    }
  }

  @Test func `runs are found by conversation and status`() async throws {
    try await scratch.use { store in
      let (first, runs) = try await store.write { transaction in
        let first = try transaction.conversations.create().id
        let second = try transaction.conversations.create().id
        let states: [Run.Status] = [.queued, .running, .completed, .queued, .waiting, .failed]
        let runs = try states.enumerated().map { index, status in
          try transaction.startRun(in: index < 4 ? first : second, status: status)
        }
        return (first, runs.map(\.id))
      }
      try await store.read { transaction in
        #expect(try transaction.runs.page().items.map(\.id) == runs.reversed())
        #expect(try transaction.runs.page(of: first).items.map(\.id) == runs.prefix(4).reversed())
        #expect(try transaction.runs.page(status: .queued).items.map(\.id) == [runs[3], runs[0]])
        #expect(try transaction.runs.page(of: first, status: .running).items.map(\.id) == [runs[1]])
        let page = try transaction.runs.page(limit: 4)
        #expect(page.next == runs[2])
        #expect(try transaction.runs.page(before: page.next, limit: 4).items.map(\.id) == [runs[1], runs[0]])
        #expect(try transaction.runs.unfinished().map(\.id) == [runs[0], runs[1], runs[3], runs[4]])
        #expect(try transaction.runs.unfinished(in: first).map(\.id) == [runs[0], runs[1], runs[3]])
        #expect(try transaction.runs.queued().map(\.id) == [runs[0], runs[3]])
      }
    }
  }
}
