import Tables
import TestKit
import Testing

struct CSVDialectTests {
  private func dialect(_ text: String) throws -> CSVDialect {
    try CSVDialect(head: Array(text.utf8), isWhole: true)
  }

  static let delimiters: [(String, Character)] = [
    ("a,b,c\n1,2,3\n4,5,6\n", ","), ("a;b;c\n1,5;2,5;3,5\n", ";"), ("a\tb\n1\t2\n", "\t"),
    ("a|b|c\n1|2|3\n", "|"),
    ("name\nAnna\nBert\n", ","), ("a;b\n\"x;y\";2\n\"1,2,3\";3\n", ";"), ("sep=;\na;b\n1;2\n", ";"),
    ("sep=,\r\na;b,c\r\n1;2,3\r\n", ","),
    ("id,text\n1,\"one; two; three\"\n2,\"four; five\"\n", ","),
    ("id;text\n1;one, two, three\n2;four, five\n3;six\n", ";"),
  ]

  @Test(arguments: delimiters)
  func `the delimiter is found out`(text: String, delimiter: Character) throws {
    #expect(try dialect(text).delimiter == delimiter.asciiValue)
  }

  @Test(arguments: [
    ("id,amount\n1,2.5\n2,3.5\n", true), ("1,2.5\n2,3.5\n3,4.5\n", false),
    ("name,city\nAnna,Bonn\nBert,Köln\n", true),
    ("Anna,1\nBert,2\n", false), ("Anna,x,1\nBert,x,2\nAnna,x,3\n", false),
    ("2024-01-01,5\n2024-01-02,6\n", false),
    ("name\nAnna\n", true), ("5\n", true), ("a,b\n", true), ("2019,2020\nx,y\nz,w\n", true),
  ])
  func `a header is told from values`(text: String, hasHeader: Bool) throws {
    #expect(try dialect(text).hasHeader == hasHeader)
  }

  @Test func `a byte order mark and Excel's first line belong to no row`() throws {
    #expect(try dialect("\u{FEFF}a,b\n1,2\n").preamble == 3)
    #expect(try dialect("sep=;\r\na;b\r\n").preamble == 7)
    #expect(try dialect("\u{FEFF}sep=|\na|b\n").preamble == 9)
    #expect(try dialect("sep=x\n1\n").preamble == 0)
  }

  @Test(arguments: [
    ([0x50, 0x4B, 0x03, 0x04, 1, 2], "Excel"), ([0x1F, 0x8B, 8, 0], "gzip"),
    (Array("PAR1....".utf8), "Parquet"),
    ([0x61, 0x00, 0x62], "binary"), (Array("%PDF-1.4".utf8), "PDF"),
  ])
  func `other files are refused by name`(bytes: [UInt8], kind: String) {
    let error = #expect(throws: TableError.self) { try CSVDialect(head: bytes, isWhole: true) }
    #expect(error?.message.contains(kind) == true)
    #expect(error?.code == "csv_not_text")
  }

  @Test(arguments: ["", "\n\n", "\u{FEFF}", "\r\n  \n"])
  func `a file without rows is empty`(text: String) {
    #expect(throws: TableError.empty) { try CSVDialect(head: Array(text.utf8), isWhole: true) }
  }

  @Test(arguments: [true, false])
  func `UTF-16 becomes UTF-8 however it is cut`(isBigEndian: Bool) throws {
    let text = "a;ü\n日本;🦙\n"
    let units = [0xFEFF] + Array(text.utf16)
    let bytes = units.flatMap {
      isBigEndian ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
    }
    for pieces in everySplit(of: bytes) {
      var transcoder = UTF16Transcoder(isBigEndian: isBigEndian)
      #expect(String(decoding: pieces.flatMap { transcoder.transcode($0) }, as: UTF8.self) == text)
    }
    let dialect = try CSVDialect(head: bytes, isWhole: true)
    #expect(dialect.encoding == (isBigEndian ? .utf16BigEndian : .utf16LittleEndian))
    #expect(dialect.delimiter == UInt8(ascii: ";"))
  }

  @Test func `half a character of UTF-16 is marked`() {
    var transcoder = UTF16Transcoder(isBigEndian: true)
    #expect(
      String(decoding: transcoder.transcode([0xD8, 0x3D, 0x00, 0x41, 0xDC, 0x00]), as: UTF8.self)
        == "\u{FFFD}A\u{FFFD}")
  }

  @Test func `fields of old Windows programs are repaired, others stay`() {
    let latin: [UInt8] = [0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72, 0x20, 0x80, 0x93]
    #expect(Windows1252.repair(latin.span).map { String(decoding: $0, as: UTF8.self) } == "Müller €“")
    #expect(Windows1252.repair(Array("Müller 🦙".utf8).span) == nil)
    #expect(Windows1252.repair([UInt8](0x80...0xFF).span)?.count ?? 0 > 128)
  }
}
