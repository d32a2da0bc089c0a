import Basics
import Datasets
import Model
import Storage
import TestKit
import Tools

@testable import FieldService

/// Companies of a test's own, with a hub's database for what is remembered.
final class ScratchCompanies: Sendable {
  let hub = ScratchFolder()
  let folder = ScratchFolder()
  let store: Store
  let workbooks: WorkbookService
  let service: FieldService
  let memory: ResultMemoryService

  init(mostCompanies: Int = 1000) throws {
    store = try Store.open(StoreConfiguration(path: "\(hub.path)/hub.db"), log: .silent)
    workbooks = try WorkbookService(folder: folder.path, mostWorkbooks: mostCompanies)
    service = FieldService(workbooks)
    memory = ResultMemoryService(store: store, log: .silent)
  }

  deinit {
    workbooks.close()
    store.close()
  }

  /// The rows of an answer, as arrays of values.
  func rows(_ sql: String, of company: String = "co-2") async throws -> [[JSON]] {
    try await service.query(sql, company: company).rows
  }

  /// The one value of an answer.
  func value(_ sql: String, of company: String = "co-2") async throws -> JSON {
    try await rows(sql, of: company).first?.first ?? .null
  }

  static func context(
    company: String? = "co-2", conversation: Identifier<Conversation> = Identifier("c"),
    run: Identifier<Run> = Identifier("r"), settings: JSONObject = [:]
  ) -> ToolContext {
    ToolContext(
      run: run, conversation: conversation, agent: AgentReference(id: Identifier("a"), name: "A"), call: 1,
      settings: settings, parameters: company.map { ["company_id": .string($0)] } ?? [:])
  }
}
