import Basics
import TestKit
import Testing

/// What agents may be given without registering anything.
struct BuiltInToolTests {
  @Test func `a hub offers its own tools, and an agent may name them`() async throws {
    try await onThread {
      let hub = try HubBinary(in: ScratchFolder())
      let tools = try hub.get("/api/tools")
      let expected = [
        "retrieve", "run_sql", "run_written_sql", "run_python", "read_data_dna", "read_context",
        "write_context", "write_code",
        "query_field_service", "describe_field_service", "recall_results",
      ]
      #expect(tools["items"]?.array?.compactMap { $0["name"]?.string } == expected)
      #expect(tools["items"]?.array?.allSatisfy { $0["builtIn"] == true } == true)
      let agent = try hub.post(
        "/api/agents",
        ["name": "Counts", "provider": "demo", "model": "demo", "config": ["tools": ["run_python"]]])
      #expect(agent.status == 201)
      hub.terminate()
      #expect(hub.ending() == .exited(0))
    }
  }
}
