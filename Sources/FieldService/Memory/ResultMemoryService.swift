package import Basics
import Datasets
import Model
package import Storage
import Tools

/// Keeps the last results of each conversation and company. An answer never fails because of it: what goes wrong is in the log.
package struct ResultMemoryService: Sendable {
  private let store: Store
  private let log: Log

  package init(store: Store, log: Log) {
    self.store = store
    self.log = log
  }

  /// Keeps a result for later questions of the conversation; one without rows has nothing to come back to.
  func keep(_ result: QueryResult, of sql: String, company: String, in context: ToolContext) async {
    guard !result.rows.isEmpty else { return }
    do {
      let question = try await question(of: context.run)
      let entry = RememberedResult(question: question, sql: sql, result: result).json
      try await store.write(.relaxed) {
        try $0.queryResults.keep(
          entry, in: context.conversation, about: Self.subject(company, context), most: ResultMemory.most)
      }
    } catch {
      tell("A result could not be remembered", error, context)
    }
  }

  /// What the conversation has found out about a company.
  func recall(company: String, in context: ToolContext) async -> ResultMemory {
    do {
      let entries = try await store.read {
        try $0.queryResults.latest(
          of: context.conversation, about: Self.subject(company, context), limit: ResultMemory.most)
      }
      return ResultMemory(results: entries.compactMap { RememberedResult(json: $0) })
    } catch {
      tell("Results could not be recalled", error, context)
      return ResultMemory(results: [])
    }
  }

  private static func subject(_ company: String, _ context: ToolContext) -> String {
    "\(context.tenant) \(company)"
  }

  /// The user's own words: those that the first of the run's forebears answers.
  private func question(of run: Identifier<Run>) async throws -> String {
    try await store.read { store in
      var current = try store.runs.get(run)
      while let parent = try current?.parentRun.flatMap({ try store.runs.get($0) }) { current = parent }
      return try current.flatMap { try store.messages.get($0.input)?.text } ?? ""
    }
  }

  private func tell(_ words: String, _ error: any Error, _ context: ToolContext) {
    log.write(.warning, words, ["conversation": context.conversation.text, "error": "\(error)"])
  }
}
