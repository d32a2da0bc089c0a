/// Reads CSV (RFC 4180, and what real files make of it) from pieces of any size.
///
/// Rows end with LF, CR or both; empty lines are no rows. A field may be quoted, with blanks around the quotes; a quote inside is doubled, one
/// in the middle of an unquoted field is itself. Blanks around unquoted fields are left out.
package struct CSVParser: Sendable {
  private enum State { case fieldStart, plain, quoted, quoteSeen }

  private let delimiter: UInt8
  private let limits: CSVLimits
  private var state = State.fieldStart
  private var record = CSVRecord()
  private var line = 1
  /// A CR has just ended a row: an LF now belongs to it.
  private var sawReturn = false
  /// Up to where the field's bytes came out of quotes, and so keep their blanks.
  private var quotedEnd = 0
  /// Whether the row has a field or a delimiter at all.
  private var isBegun = false

  /// Begins before the first byte, behind a byte order mark.
  package init(delimiter: UInt8, limits: CSVLimits = CSVLimits()) {
    self.delimiter = delimiter
    self.limits = limits
  }

  /// Reads the next piece and gives each row that ends in it.
  ///
  /// - Throws: `csv_field_too_long`, `csv_row_too_long`, `csv_too_many_columns`, or what `visit` throws.
  package mutating func read(_ input: Span<UInt8>, visit: (CSVRecord) throws -> Void) throws {
    var index = 0
    while index < input.count {
      switch state {
      case .fieldStart: try startField(input, &index, visit)
      case .plain: try readPlain(input, &index, visit)
      case .quoted: try readQuoted(input, &index)
      case .quoteSeen: try afterQuote(input, &index, visit)
      }
    }
  }

  /// Gives the last row when no line's end followed it.
  package mutating func finish(visit: (CSVRecord) throws -> Void) throws {
    if isBegun { try endRow(visit) }
  }

  private mutating func startField(
    _ input: Span<UInt8>, _ index: inout Int, _ visit: (CSVRecord) throws -> Void
  ) throws {
    let byte = input[index]
    if sawReturn {
      sawReturn = false
      if byte == .lineFeed {
        index += 1
        return
      }
    }
    if byte == .quote {
      isBegun = true
      state = .quoted
      index += 1
    } else if isBlank(byte) {
      index += 1
    } else {
      state = .plain
    }
  }

  private mutating func readPlain(
    _ input: Span<UInt8>, _ index: inout Int, _ visit: (CSVRecord) throws -> Void
  ) throws {
    let start = index
    while index < input.count {
      let byte = input[index]
      if byte == delimiter || byte == .lineFeed || byte == .carriageReturn { break }
      index += 1
    }
    if index > start {
      isBegun = true
      record.append(input.extracting(start..<index))
      try check()
    }
    guard index < input.count else { return }
    let byte = input[index]
    index += 1
    try end(byte, visit)
  }

  private mutating func readQuoted(_ input: Span<UInt8>, _ index: inout Int) throws {
    let start = index
    while index < input.count, input[index] != .quote {
      if input[index] == .lineFeed { line += 1 }
      index += 1
    }
    record.append(input.extracting(start..<index))
    try check()
    guard index < input.count else { return }
    index += 1
    state = .quoteSeen
  }

  private mutating func afterQuote(
    _ input: Span<UInt8>, _ index: inout Int, _ visit: (CSVRecord) throws -> Void
  ) throws {
    if input[index] == .quote {
      record.append(.quote)
      index += 1
      state = .quoted
    } else {
      quotedEnd = record.bytes.count
      state = .plain
    }
  }

  private mutating func end(_ byte: UInt8, _ visit: (CSVRecord) throws -> Void) throws {
    guard byte == delimiter else {
      sawReturn = byte == .carriageReturn
      if isBegun { try endRow(visit) }
      line += 1
      record.begin(line: line)
      state = .fieldStart
      return
    }
    isBegun = true
    endField()
    guard record.fields.count < limits.columns else {
      throw TableError.tooManyColumns(line: record.line, limit: limits.columns)
    }
  }

  private mutating func endField() {
    let isTab = delimiter == .tab
    record.trimEnd(from: quotedEnd) { $0 == .space || $0 == .tab && !isTab }
    record.endField()
    quotedEnd = 0
    state = .fieldStart
  }

  private mutating func endRow(_ visit: (CSVRecord) throws -> Void) throws {
    if state == .quoteSeen || state == .quoted { quotedEnd = record.bytes.count }
    endField()
    isBegun = false
    try visit(record)
  }

  private func check() throws(TableError) {
    guard record.openCount <= limits.fieldBytes else {
      throw .fieldTooLong(line: record.line, limit: limits.fieldBytes)
    }
    guard record.bytes.count <= limits.rowBytes else {
      throw .rowTooLong(line: record.line, limit: limits.rowBytes)
    }
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == .space || byte == .tab && delimiter != .tab }
}

extension UInt8 {
  static var quote: UInt8 { 0x22 }
  static var space: UInt8 { 0x20 }
  static var tab: UInt8 { 0x09 }
  static var lineFeed: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
}
