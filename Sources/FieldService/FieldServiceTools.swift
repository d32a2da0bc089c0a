package import Basics
package import Datasets
package import Storage
package import Tools

/// The tools of field service, as a hub lists them.
package enum FieldServiceTools {
  /// All of them, over one set of companies.
  ///
  /// - Parameters:
  ///   - workbooks: the companies' databases.
  ///   - store: where results are remembered.
  package static func all(of workbooks: WorkbookService, store: Store, log: Log) -> [any Tool] {
    let memory = ResultMemoryService(store: store, log: log)
    return [
      QueryFieldServiceTool(FieldService(workbooks), memory: memory), DescribeFieldServiceTool(),
      RecallResultsTool(memory),
    ]
  }
}
