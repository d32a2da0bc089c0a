import Model
import TestKit
import Testing

@testable import Pipelines

/// Batches at the edges that no request over HTTP can be made to hit.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BatchServiceTests {
  @Test func `the same order many times at once is one batch`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    let service = BatchService(runs: fixture.runs)
    for round in 0..<20 {
      var order = BatchOrder(
        agent: fixture.agent, inputs: [Invocation(agent: fixture.agent, text: "hi")])
      order.key = "key \(round)"
      let same = order
      let batches = try await withThrowingTaskGroup(of: Batch.self) { group in
        // Who is more urgent goes on first, although somebody else's order came first.
        for index in 0..<8 {
          group.addTask(priority: index % 2 == 0 ? .background : .high) { try await service.begin(same) }
        }
        return try await group.reduce(into: [Batch]()) { $0.append($1) }
      }
      #expect(batches.allSatisfy { $0 === batches[0] })
      #expect(await batches[0].result(of: 0) != nil)
    }
    await fixture.close()
  }
}
