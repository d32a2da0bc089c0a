import Basics
import Model
import Storage
import TestKit
import Testing

@testable import FieldService

/// Questions from the caller to the answer, through the pipeline, with scripted models.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct FieldServicePipelineTests {
  /// A classifier by key words, an SQL agent that knows some questions, and an agent that repeats what it was given.
  @Sendable private static func script(_ request: ScriptedUpstream.Request) -> [ScriptedUpstream.Action] {
    let (role, text) = request.last
    switch request.model {
    case "classifier": return ModelScript.says(text.contains("rule") ? "RAG" : "SQL")
    case "rag_agent": return ModelScript.says("As the documents say: \(text)")
    default: break
    }
    if role == "tool" {
      if text.contains("no such column") { return ModelScript.asks("SELECT id, status FROM jobs LIMIT 1") }
      return ModelScript.says("The answer is \((try? JSON.parse(text))?["rows"]?[0]?.text ?? text).")
    }
    // What was recalled stands before the question.
    let question = text.split(separator: "\n").last ?? ""
    if question.contains("active technicians") {
      return ModelScript.asks("SELECT count(*) AS n FROM technicians WHERE active")
    }
    if question.contains("in progress") {
      return ModelScript.asks("SELECT id, customer_name FROM jobs WHERE status = 'in_progress' ORDER BY id")
    }
    if question.contains("the first one") {
      let row = text.split(separator: "\n").first { $0.hasPrefix("1. ") }?.dropFirst(3) ?? ""
      let id = (try? JSON.parse(String(row)))?["id"]?.string ?? "unknown"
      return ModelScript.asks("SELECT id, description FROM jobs WHERE id = '\(id)'")
    }
    return ModelScript.asks("SELECT nonsense FROM jobs")
  }

  @Test func `S004-18, S004-19 counts come from the company's own tables`() async throws {
    let agents = try await FieldServiceAgents(Self.script)
    let technicians = try await agents.ask("How many active technicians are there?")
    #expect(technicians.text == #"The answer is {"n":10}."#)
    for company in ["co-1", "co-2"] {
      let jobs = try await agents.ask("Which jobs are in progress?", company: company)
      let first = try await agents.companies.rows(
        "SELECT id, customer_name FROM jobs WHERE status = 'in_progress' ORDER BY id", of: company)
      #expect(
        jobs.text.contains(first[0][0].string ?? "none") && jobs.text.contains(first[0][1].string ?? "none"))
    }
    await agents.close()
  }

  @Test func `S004-20 the overtime question goes to the documents`() async throws {
    let agents = try await FieldServiceAgents(Self.script)
    let answer = try await agents.ask("What are the overtime rules?")
    #expect(
      answer.text.contains("1.5 times") && answer.text.contains("40") && answer.text.contains("confidence"))
    #expect(answer.text.contains("company-handbook.md"))
    await agents.close()
  }

  @Test func `S004-27, S004-29, S004-31 the first one is the first row of the last result`() async throws {
    let agents = try await FieldServiceAgents(Self.script)
    let (_, run) = try await agents.ask("Which jobs are in progress?")
    let expected = try await agents.companies.rows(
      "SELECT id, description FROM jobs WHERE status = 'in_progress' ORDER BY id LIMIT 1")
    let answer = try await agents.ask("Tell me about the first one", in: run.conversation)
    #expect(answer.run.conversation == run.conversation)
    for value in expected[0] { #expect(answer.text.contains(value.string ?? "none")) }
    let stranger = try await agents.ask("Tell me about the first one")
    #expect(!stranger.text.contains(expected[0][0].string ?? "none"))
    await agents.close()
  }

  @Test func `S004-22 what is wrong with a query goes back to the model, which mends it`() async throws {
    let agents = try await FieldServiceAgents(Self.script)
    let answer = try await agents.ask("Something odd")
    #expect(answer.run.status == .completed)
    #expect(answer.text.contains("job_0001"))
    let tools = agents.upstream.requests.filter { $0.model == "sql_agent" && $0.last.role == "tool" }
    #expect(tools.count == 2 && tools[0].last.text.contains("jobs(id"))
    await agents.close()
  }

  @Test func `S004-27 at most 20 messages of a long thread are in a prompt`() async throws {
    let agents = try await FieldServiceAgents(Self.script)
    var conversation: Identifier<Conversation>?
    for _ in 0..<14 {
      conversation = try await agents.ask("How many active technicians?", in: conversation).run.conversation
    }
    let counts = agents.upstream.requests.filter { $0.model == "sql_agent" && $0.last.role == "user" }
      .map(\.messageCount)
    #expect(counts.count == 14 && counts.max().map { $0 <= 20 && $0 >= 19 } == true, "\(counts)")
    await agents.close()
  }
}
