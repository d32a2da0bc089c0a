import Basics
import Datasets
import Model
import Storage
import TestKit
import Testing
import Tools

@testable import FieldService

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ResultMemoryTests {
  private static func remembered(_ question: String, rows: Int, text: String = "Boiler") -> RememberedResult {
    let rows: [[JSON]] = (1...rows).map { [.string("job_\($0)"), .string(text), .integer(Int64($0))] }
    return RememberedResult(
      question: question, sql: "SELECT id, description, n FROM jobs",
      result: QueryResult(columns: ["id", "description", "n"], rows: rows, isTruncated: false))
  }

  @Test
  func `S004-29 a result is remembered with its question, its tables and the ids of columns ending in id`() {
    let result = RememberedResult(
      question: "Who works on what?", sql: "SELECT l.job_id, t.ID, paid FROM work_logs l JOIN technicians t",
      result: QueryResult(
        columns: ["job_id", "ID", "paid", "name"],
        rows: [
          ["job_0001", "tech_001", 5, "A"], ["job_0001", "tech_002", 6, "B"], ["job_0002", .null, 7, "C"],
        ], isTruncated: false))
    #expect(result.tables == ["technicians", "work_logs"])
    #expect(result.ids.map(\.column) == ["job_id", "ID", "paid"])
    #expect(
      result.ids[0].values == ["job_0001", "job_0002"] && result.ids[1].values == ["tech_001", "tech_002"])
    #expect(RememberedResult(json: result.json) == result)
    #expect(RememberedResult(json: ["question": "x"]) == nil)
    let text = result.text(within: 4000)
    #expect(text.contains("Question: Who works on what?\n") && text.contains("job_id: job_0001, job_0002\n"))
    #expect(text.contains(#"1. {"job_id":"job_0001","ID":"tech_001""#))
  }

  @Test func `S004-31 the newest result comes first, with its rows numbered, within some 2000 tokens`() {
    let memory = ResultMemory(results: [
      Self.remembered("newest", rows: 100, text: String(repeating: "ä", count: 100)),
      Self.remembered("middle", rows: 100), Self.remembered("oldest", rows: 2),
    ])
    let text = memory.text
    #expect(text.utf8.count <= ResultMemory.mostBytes + 200)
    #expect(text.contains("Result 1 (the newest)\nQuestion: newest"))
    #expect(text.contains("Rows: 100, the first") && text.contains("Rows: 2:\n1. "))
    #expect(ResultMemory(results: []).text == ResultMemory.nothing)
  }

  @Test func `S004-29 the last three results of a conversation and company are recalled, no other's`()
    async throws
  {
    let scratch = try ScratchCompanies()
    let conversation = try await scratch.store.write { try $0.conversations.create() }.id
    let other = try await scratch.store.write { try $0.conversations.create() }.id
    let tool = QueryFieldServiceTool(scratch.service, memory: scratch.memory)
    let recall = RecallResultsTool(scratch.memory)
    func ask(_ sql: String, company: String = "co-2", _ conversation: Identifier<Conversation>) async throws {
      _ = try await tool.call(
        ["sql": .string(sql)], in: ScratchCompanies.context(company: company, conversation: conversation))
    }
    func recalled(company: String = "co-2", _ conversation: Identifier<Conversation>) async throws -> String {
      try await recall.call(
        [:], in: ScratchCompanies.context(company: company, conversation: conversation)
      ).parts.text
    }
    #expect(try await recalled(conversation) == ResultMemory.nothing)
    for number in 1...4 {
      try await ask("SELECT id FROM jobs WHERE id = 'job_000\(number)'", conversation)
    }
    try await ask("SELECT id FROM jobs WHERE id = 'none'", conversation)
    try await ask("SELECT id FROM jobs WHERE id = 'job_0009'", other)
    try await ask("SELECT id FROM jobs WHERE id = 'job_0008'", company: "co-1", conversation)
    let text = try await recalled(conversation)
    #expect(!text.contains("job_0001") && !text.contains("job_0008") && !text.contains("job_0009"))
    let order = text.split(separator: "\n").filter { $0.hasPrefix("id: ") }
    #expect(order == ["id: job_0004", "id: job_0003", "id: job_0002"])
    #expect(try await recalled(other).contains("job_0009"))
    #expect(try await recalled(company: "co-1", conversation).contains("job_0008"))
    #expect(try await recalled(company: "co-3", conversation) == ResultMemory.nothing)
    try await scratch.store.write { try $0.conversations.delete(conversation) }
    #expect(try await recalled(conversation) == ResultMemory.nothing)
  }

  @Test func `S004-29 the question is the user's, also when a step of a pipeline asks`() async throws {
    let scratch = try ScratchCompanies()
    let (conversation, run) = try await Self.askedThroughStep(scratch.store)
    let context = ScratchCompanies.context(conversation: conversation, run: run)
    _ = try await QueryFieldServiceTool(scratch.service, memory: scratch.memory).call(
      ["sql": "SELECT id FROM jobs LIMIT 1"], in: context)
    let text = try await RecallResultsTool(scratch.memory).call([:], in: context).parts.text
    #expect(text.contains("Question: Which jobs run late?\n"))
  }

  /// A run that answers the user, and the run of its step.
  private static func askedThroughStep(
    _ store: Store
  ) async throws -> (Identifier<Conversation>, Identifier<Run>) {
    try await store.write { store in
      let conversation = try store.conversations.create().id
      let agent: Identifier<Agent> = store.newIdentifier()
      func enter(_ text: String, seq: Int64, parent: Identifier<Run>?) throws -> Identifier<Run> {
        let message = Message(
          id: store.newIdentifier(), conversation: conversation, seq: seq,
          role: .user, type: .message, text: text, createdAt: store.now)
        try store.messages.insert(message)
        let run = Run(
          id: store.newIdentifier(), conversation: conversation, agent: agent, agentName: "A",
          agentVersion: 1, parentRun: parent, input: message.id, output: store.newIdentifier(),
          createdAt: store.now)
        try store.runs.insert(run)
        return run.id
      }
      let first = try enter("Which jobs run late?", seq: 2, parent: nil)
      return (conversation, try enter("Write SQL for: late jobs", seq: 3, parent: first))
    }
  }

  @Test func `S004-28 what was found is remembered across a restart`() async throws {
    let scratch = try ScratchCompanies()
    let conversation = try await scratch.store.write { try $0.conversations.create() }.id
    let context = ScratchCompanies.context(conversation: conversation)
    _ = try await QueryFieldServiceTool(scratch.service, memory: scratch.memory).call(
      ["sql": "SELECT id FROM jobs WHERE id = 'job_0007'"], in: context)
    scratch.store.close()
    let store = try Store.open(StoreConfiguration(path: "\(scratch.hub.path)/hub.db"), log: .silent)
    defer { store.close() }
    let memory = ResultMemoryService(store: store, log: .silent)
    let text = try await RecallResultsTool(memory).call([:], in: context).parts.text
    #expect(text.contains("id: job_0007"))
  }

  @Test func `a hub without its store still answers`() async throws {
    let scratch = try ScratchCompanies()
    let tool = QueryFieldServiceTool(scratch.service, memory: scratch.memory)
    scratch.store.close()
    let answer = try await tool.call(
      ["sql": "SELECT count(*) AS n FROM jobs"], in: ScratchCompanies.context())
    #expect(answer.parts.text.contains(#""n":50"#))
    let recalled = try await RecallResultsTool(scratch.memory).call([:], in: ScratchCompanies.context())
    #expect(recalled.parts.text == ResultMemory.nothing)
  }
}
