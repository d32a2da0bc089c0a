import Basics
import Model
import Storage
import Testing

struct RunRecoveryTests {
  let scratch = ScratchStore()

  /// Leaves runs behind as a process does that dies.
  private func leave<Value: Sendable>(
    _ body: @escaping @Sendable (WriteTransaction, Identifier<Conversation>) throws -> Value
  ) async throws -> (Identifier<Conversation>, Value) {
    try await scratch.use { store in
      try await store.write { transaction in
        let id = try transaction.conversations.create().id
        return (id, try body(transaction, id))
      }
    }
  }

  @Test func `a cut run is interrupted and its text is kept`() async throws {
    let (id, run) = try await leave { transaction, id in
      let agent = try transaction.makeAgent("Writer")
      let run = try transaction.startRun(in: id, agent: agent)
      try transaction.appendDelta("hm", to: id, run: run, channel: .thought)
      try transaction.appendDelta("Hel", to: id, run: run)
      try transaction.appendDelta("lo", to: id, run: run, position: 3)
      return run
    }
    try await scratch.use { store in
      let (stored, messages, events) = try await store.read { transaction in
        (
          try transaction.runs.get(run.id), try transaction.messages.ofRun(run.id),
          try transaction.events.page(of: id, after: 5).items
        )
      }
      #expect(stored?.status == .interrupted)
      #expect(stored?.finishedAt != nil)
      #expect(messages.map(\.text) == ["Hello"])
      #expect(messages.first?.id == run.output)
      #expect(messages.first?.agent == run.agent)
      #expect(messages.first?.parent == run.input)
      #expect(events.map(\.type) == [.messageCompleted, .runInterrupted])
      #expect(messages.first?.seq == events.first?.seq)
      guard case .messageCompleted(let completed) = try events.first?.event().body else {
        Issue.record("no completed message")
        return
      }
      #expect(completed.finish == "interrupted")
      #expect(completed.text == "Hello")
    }
    try await scratch.use { store in
      let events = try await store.read { try $0.events.page(of: id, after: 0).items }
      #expect(events.count { $0.type == .runInterrupted } == 1)
    }
  }

  @Test func `a cut run without text has no message`() async throws {
    let (_, run) = try await leave { transaction, id in
      let run = try transaction.startRun(in: id)
      try transaction.appendDelta("hm", to: id, run: run, channel: .thought)
      return run
    }
    try await scratch.use { store in
      let (stored, messages) = try await store.read {
        (try $0.runs.get(run.id), try $0.messages.ofRun(run.id))
      }
      #expect(stored?.status == .interrupted)
      #expect(messages.isEmpty)
    }
  }

  @Test func `tools that were cut have an end, and the model can be told`() async throws {
    let (_, run) = try await leave { transaction, id in
      let run = try transaction.startRun(in: id)
      let asked = try transaction.append(
        Event(
          conversation: id, run: run.id, message: run.output, at: transaction.now,
          body: .messageCompleted(MessageCompleted(messageType: .action, text: "", finish: "tool_calls"))))
      let calls = ["a", "b"].map { ToolCall(id: $0, name: "f", arguments: "{}") }
      try transaction.messages.insert(
        Message(
          id: run.output, conversation: id, seq: asked.seq, run: run.id, role: .agent, type: .action,
          text: "",
          parts: calls.map { MessagePart(.toolCall($0)) }.json, createdAt: transaction.now))
      for (index, call) in calls.enumerated() {
        var record = ToolCallRecord(
          run: run.id, number: index + 1, round: 1, call: call, status: index == 0 ? .completed : .running,
          createdAt: transaction.now)
        if index == 0 {
          record.result = [.text("done")]
          record.finishedAt = transaction.now
        }
        try transaction.toolCalls.put(record)
      }
      return run
    }
    for _ in 0..<2 {
      try await scratch.use { store in
        let (calls, messages) = try await store.read {
          (try $0.toolCalls.ofRun(run.id), try $0.messages.ofRun(run.id))
        }
        #expect(calls.map(\.status) == [.completed, .interrupted] && calls[1].finishedAt != nil)
        #expect(messages.map(\.role) == [.agent, .tool])
        let results = [MessagePart](json: messages.last?.parts).compactMap { part -> ToolResult? in
          if case .toolResult(let result) = part.content { result } else { nil }
        }
        #expect(results.map(\.call) == ["a", "b"] && results.map(\.isError) == [false, true])
        #expect(results.map(\.text) == ["done", RunFailure.interrupted.message])
      }
    }
  }

  @Test(arguments: [Run.Status.queued, .waiting, .completed, .failed, .stopped, .interrupted])
  func `other runs are let be`(status: Run.Status) async throws {
    let (id, run) = try await leave { transaction, id in try transaction.startRun(in: id, status: status) }
    try await scratch.use { store in
      let (stored, head) = try await store.read {
        (try $0.runs.get(run.id)?.status, try $0.events.head(of: id))
      }
      #expect(stored == status)
      #expect(head == 2)
    }
  }

  @Test func `a run of a deleted agent is recovered too`() async throws {
    let (_, run) = try await leave { transaction, id in
      let agent = try transaction.makeAgent()
      let run = try transaction.startRun(in: id, agent: agent)
      try transaction.appendDelta("text", to: id, run: run)
      try transaction.agents.delete(agent.id)
      return run
    }
    try await scratch.use { store in
      let messages = try await store.read { try $0.messages.ofRun(run.id) }
      #expect(messages.map(\.agent) == [nil])
      #expect(messages.map(\.text) == ["text"])
    }
  }
}
