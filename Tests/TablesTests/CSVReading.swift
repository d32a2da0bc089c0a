import Tables

/// Reads pieces of a file as rows of texts.
func rows(_ pieces: [[UInt8]], delimiter: UInt8 = UInt8(ascii: ","), limits: CSVLimits = CSVLimits()) throws
  -> [[String]]
{
  var parser = CSVParser(delimiter: delimiter, limits: limits)
  var rows: [[String]] = []
  for piece in pieces { try parser.read(piece.span) { rows.append($0.texts) } }
  try parser.finish { rows.append($0.texts) }
  return rows
}

func rows(_ text: String, delimiter: Character = ",", limits: CSVLimits = CSVLimits()) throws -> [[String]] {
  try rows([Array(text.utf8)], delimiter: delimiter.asciiValue ?? 0, limits: limits)
}

/// Reads a whole file as an import does, without a database.
func plan(of text: [UInt8]) throws -> (plan: TablePlan, dialect: CSVDialect, records: [CSVRecord]) {
  let dialect = try CSVDialect(head: text, isWhole: true)
  var survey = TableSurvey(dialect)
  var parser = CSVParser(delimiter: dialect.delimiter)
  var records: [CSVRecord] = []
  let body = Array(text.dropFirst(dialect.preamble))
  try parser.read(body.span) { records.append($0) }
  try parser.finish { records.append($0) }
  for record in records { survey.note(record) }
  return (try survey.plan(), dialect, Array(records.dropFirst(dialect.hasHeader ? 1 : 0)))
}

func plan(of text: String) throws -> TablePlan { try plan(of: Array(text.utf8)).plan }

/// The types of a file's columns.
func types(of text: String) throws -> [ColumnType] { try plan(of: text).columns.map(\.format.type) }

/// A file as a table in memory.
func table(of text: String) throws -> ColumnTable {
  let (plan, _, records) = try plan(of: Array(text.utf8))
  let columns = plan.columns.map { column in
    var vector = ColumnVector(name: column.name, type: column.format.type)
    for record in records {
      guard column.position < record.fields.count else {
        vector.appendMissing()
        continue
      }
      let field = record.bytes.span.extracting(record.fields[column.position])
      switch column.format.value(of: field) {
      case .missing: vector.appendMissing()
      case .integer(let value): vector.append(integer: value)
      case .real(let value): vector.append(real: value)
      case .boolean(let value): vector.append(integer: value ? 1 : 0)
      case .moment(let value):
        vector.append(text: DateText.text(value, hasTime: true, hasFraction: true).span)
      case .text: vector.append(text: field)
      }
    }
    return vector
  }
  return ColumnTable(rowCount: records.count, columns: columns)
}
