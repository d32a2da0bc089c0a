import Basics
import Tables

extension ColumnTable {
  /// The rows of a query as a table: columns of numbers or of truth values as such, all others as texts. Nil when no column is of numbers.
  init?(rows: [JSON]) {
    let names = rows.first?.object?.names ?? []
    let columns = names.map { name in Self.column(name, of: rows.map { $0[name] ?? .null }) }
    guard columns.contains(where: { $0.type == .real }) else { return nil }
    self.init(rowCount: rows.count, columns: columns)
  }

  private static func column(_ name: String, of cells: [JSON]) -> ColumnVector {
    let present = cells.filter { !$0.isNull }
    let isOf: ((JSON) -> Bool) -> Bool = { !present.isEmpty && present.allSatisfy($0) }
    let type: ColumnType = isOf { $0.number != nil } ? .real : isOf { $0.bool != nil } ? .boolean : .text
    var column = ColumnVector(name: name, type: type, capacity: cells.count)
    for cell in cells {
      switch (type, cell) {
      case (_, .null): column.appendMissing()
      case (.real, _): column.append(real: cell.number ?? .nan)
      case (.boolean, _): column.append(integer: cell.bool == true ? 1 : 0)
      default: column.append(text: (cell.string ?? cell.text).utf8Span.span)
      }
    }
    return column
  }
}
