import Basics
package import Datasets
package import Tools

/// The field service companies: whose tables a question sees, and what was asked before.
///
/// A company's tables are a database of its own, made when it is first asked. There is no query that reaches another one: the company comes from
/// the run's parameters, never from a model.
package struct FieldService: Sendable {
  /// Rows of an answer at most.
  package static let mostRows = 100

  let workbooks: WorkbookService

  /// - Parameter workbooks: the companies' databases; whoever made it closes it.
  package init(_ workbooks: WorkbookService) { self.workbooks = workbooks }

  /// Whose company a tool's call is about: `company_id` of the run's parameters, else `company` of the agent's settings for the tool.
  ///
  /// - Throws: `company_missing`.
  package static func company(of context: ToolContext) throws(FieldServiceError) -> String {
    let named = context.parameters["company_id"]?.string ?? context.settings["company"]?.string
    guard let named, !named.isEmpty else { throw .companyMissing }
    return named
  }

  /// Asks a company's tables a question in SQL.
  ///
  /// - Throws: what the rule or the engine says against it.
  package func query(
    _ sql: String, company: String, tenant: String = "default"
  ) async throws(FieldServiceError) -> QueryResult {
    do {
      return try await workbooks.query(
        Self.key(company, tenant: tenant), sql: sql, tables: FieldServiceSchema.tables, limit: Self.mostRows
      ) { SampleCompany.workbook(of: company) }
    } catch {
      throw .question(error)
    }
  }

  /// The path of a company's database; whoever puts one with the same tables there has its own numbers.
  package func path(ofCompany company: String, tenant: String = "default") -> String {
    workbooks.path(of: Self.key(company, tenant: tenant))
  }

  /// A blank stands in no tenant's name, so that no two pairs make one key.
  private static func key(_ company: String, tenant: String) -> String {
    tenant == "default" ? company : "\(tenant) \(company)"
  }
}
