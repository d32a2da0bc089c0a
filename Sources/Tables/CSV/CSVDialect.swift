/// How a CSV file is written.
package struct CSVDialect: Equatable, Sendable {
  /// What a file's first bytes say about the others.
  package enum Encoding: Equatable, Sendable { case utf8, utf16LittleEndian, utf16BigEndian }

  /// One of `, ; tab |`.
  package var delimiter: UInt8
  /// Whether the first row names the columns.
  package var hasHeader: Bool
  package var encoding = Encoding.utf8
  /// Bytes before the first row: a byte order mark; after transcoding, a line `sep=;` of Excel's.
  package var preamble = 0

  package init(
    delimiter: UInt8 = UInt8(ascii: ","), hasHeader: Bool = true, encoding: Encoding = .utf8,
    preamble: Int = 0
  ) {
    self.delimiter = delimiter
    self.hasHeader = hasHeader
    self.encoding = encoding
    self.preamble = preamble
  }
}

extension CSVDialect {
  /// How much of a file is looked at to find its dialect.
  package static let headBytes = 64 << 10

  private static let candidates = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }

  /// Finds out how a file is written.
  ///
  /// - Parameters:
  ///   - head: the file's first bytes, some 64 KB of them.
  ///   - isWhole: whether that is all of it.
  /// - Throws: `csv_not_text`, `csv_empty`.
  package init(head: [UInt8], isWhole: Bool) throws(TableError) {
    try Self.refuseOtherFiles(head)
    self.init()
    var text = head
    switch (head.first, head.dropFirst().first) {
    case (0xFF, 0xFE): encoding = .utf16LittleEndian
    case (0xFE, 0xFF): encoding = .utf16BigEndian
    default:
      if head.starts(with: [0xEF, 0xBB, 0xBF]) { preamble = 3 }
      guard !head.contains(0) else { throw .notText("binary") }
    }
    if encoding != .utf8 {
      var transcoder = UTF16Transcoder(isBigEndian: encoding == .utf16BigEndian)
      text = transcoder.transcode(head)
    }
    let declared = Self.declaredDelimiter(text.dropFirst(preamble))
    if let declared { preamble += declared.count }
    let sample = Array(text.dropFirst(preamble))
    let choices = declared.map { [$0.delimiter] } ?? Self.candidates
    let rows = choices.map { (delimiter: $0, rows: Self.rows(of: sample, $0, isWhole: isWhole)) }
    guard let first = rows.first, !first.rows.isEmpty else { throw .empty }
    let best = rows.dropFirst().reduce(first) { Self.score($1.rows) > Self.score($0.rows) ? $1 : $0 }
    delimiter = best.delimiter
    hasHeader = HeaderRule.hasHeader(best.rows)
  }

  private static func refuseOtherFiles(_ head: [UInt8]) throws(TableError) {
    guard !head.isEmpty else { throw .empty }
    let kinds: [(magic: [UInt8], name: String)] = [
      ([0x50, 0x4B, 0x03, 0x04], "an Excel workbook or another zip archive"),
      ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook"), ([0x1F, 0x8B], "compressed with gzip"),
      (Array("PAR1".utf8), "a Parquet file"), (Array("%PDF".utf8), "a PDF"),
      (Array("SQLite format 3\0".utf8), "an SQLite database"),
    ]
    for kind in kinds where head.starts(with: kind.magic) { throw .notText(kind.name) }
  }

  /// Excel's first line `sep=;`, which no other row is like.
  private static func declaredDelimiter(_ text: ArraySlice<UInt8>) -> (delimiter: UInt8, count: Int)? {
    guard text.prefix(4).elementsEqual("sep=".utf8), let delimiter = text.dropFirst(4).first,
      candidates.contains(delimiter)
    else { return nil }
    let rest = text.dropFirst(5)
    let end = rest.prefix { $0 == .carriageReturn || $0 == .lineFeed }.prefix(2)
    return end.isEmpty ? nil : (delimiter, 5 + end.count)
  }

  /// The rows of a sample; its last one only if nothing was cut off.
  private static func rows(of sample: [UInt8], _ delimiter: UInt8, isWhole: Bool) -> [[String]] {
    var parser = CSVParser(delimiter: delimiter)
    var rows: [[String]] = []
    // A delimiter with which the sample cannot be read is not the file's; the file's own faults are told when it is read.
    try? parser.read(sample.span) { rows.append($0.texts) }
    if isWhole || rows.isEmpty { try? parser.finish { rows.append($0.texts) } }
    return rows
  }

  /// Many rows of the same width beat few; wide ones beat narrow ones.
  private static func score(_ rows: [[String]]) -> Double {
    var widths: [Int: Int] = [:]
    for row in rows { widths[row.count, default: 0] += 1 }
    let common = widths.max { ($0.value, $0.key) < ($1.value, $1.key) }
    guard let common, common.key > 1 else { return 0 }
    let share = Double(common.value) / Double(rows.count)
    // Squared: a text with many commas is not wider than the table it stands in.
    return share * share * (1 + min(Double(common.key), 50) / 50)
  }
}
