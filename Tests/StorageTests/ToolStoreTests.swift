import Basics
import Model
import Storage
import Testing

struct ToolStoreTests {
  let scratch = ScratchStore()

  private static func tool(_ name: String) -> RegisteredTool {
    RegisteredTool(
      name: name, description: "d", method: .post, url: "https://h/{a}",
      headers: [.init(name: "B", value: "2"), .init(name: "A", value: "1")],
      parameters: ["type": "object"], timeout: 500, maximumResult: 300, approval: .always,
      createdAt: Timestamp(milliseconds: 1), updatedAt: Timestamp(milliseconds: 2))
  }

  @Test func `tools are kept by name and read as they were written`() async throws {
    try await scratch.use { store in
      try await store.write {
        try $0.tools.put(Self.tool("b"))
        try $0.tools.put(Self.tool("a"))
      }
      #expect(try await store.read { try $0.tools.list() } == [Self.tool("a"), Self.tool("b")])
      var changed = Self.tool("a")
      changed.description = nil
      changed.method = .get
      let final = changed
      try await store.write { try $0.tools.put(final) }
      #expect(try await store.read { try $0.tools.get("a") } == final)
      try await store.write { try $0.tools.delete("a") }
      #expect(try await store.read { try $0.tools.get("a") } == nil)
      await #expect {
        try await store.write { try $0.tools.delete("a") }
      } throws: { ($0 as? StoreError)?.code == "tool_not_found" }
    }
  }

  @Test func `a call is stored as it goes on, and goes with its conversation`() async throws {
    try await scratch.use { store in
      let (run, conversation) = try await store.write { store in
        let id = try store.conversations.create().id
        return (try store.startRun(in: id), id)
      }
      var call = ToolCallRecord(
        run: run.id, number: 1, round: 1,
        call: ToolCall(id: "c", name: "f", arguments: "{", isValid: false), status: .waiting,
        fingerprint: "f1",
        createdAt: Timestamp(milliseconds: 1))
      let waiting = call
      try await store.write { try $0.toolCalls.put(waiting) }
      #expect(try await store.read { try $0.toolCalls.waiting(of: run.id) } == [waiting])
      call.status = .denied
      call.edited = ["a": 1]
      call.reason = "no"
      call.decidedAt = Timestamp(milliseconds: 2)
      call.result = [.text("r"), MessagePart(.image(.url("https://h/x.png")))]
      call.resultBytes = 99
      call.error = RunFailure(code: "x", message: "y", hint: "z")
      call.startedAt = Timestamp(milliseconds: 3)
      call.finishedAt = Timestamp(milliseconds: 4)
      let ended = call
      try await store.write { try $0.toolCalls.put(ended) }
      #expect(try await store.read { try $0.toolCalls.ofRun(run.id) } == [ended])
      #expect(try await store.read { try $0.toolCalls.waiting(of: run.id) } == [])
      try await store.write { try $0.conversations.delete(conversation) }
      #expect(try await store.read { try $0.toolCalls.ofRun(run.id) } == [])
    }
  }
}
