import Basics
import Datasets
import Model
import Storage
import Tables
import TestKit
import Testing

struct ImportTests {
  @Test(arguments: [1, 3, 7, 4096])
  func `a file becomes a table, however it comes in`(pieces: Int) async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments, pieces: pieces)
    #expect(dataset.status == .exploring)
    #expect(dataset.rowCount == 4)
    #expect(
      try await scratch.ask(dataset, "SELECT * FROM transactions WHERE id IN (1, 3) ORDER BY id")
        == #"[{"id":1,"amount":10.5,"region":"North","is_member":true,"paid_at":"2024-01-31 08:00:00","note":"first"},"#
        + #"{"id":3,"amount":null,"region":"North","is_member":true,"paid_at":"2024-02-02 10:00:00","note":"two\nlines"}]"#
    )
    #expect(
      try await scratch.ask(
        dataset, "SELECT strftime('%Y-%m', paid_at) AS month, count(*) AS n FROM transactions GROUP BY 1")
        == #"[{"month":"2024-01","n":1},{"month":"2024-02","n":2},{"month":"2024-03","n":1}]"#)
  }

  @Test func `real files' dirt comes out clean`() async throws {
    let scratch = try ScratchService()
    let text =
      "\u{FEFF}sep=;\r\n Kunde ;Betrag;Betrag;\r\nM\u{FC}ller;1.234,50;1;\r\n\r\n\"A;B\";0,5;2;\r\nx\r\n"
    // As an old Windows program writes it: one byte a character, but for the mark that a newer one put in front.
    let bytes = [0xEF, 0xBB, 0xBF] + text.unicodeScalars.dropFirst().map { UInt8($0.value) }
    let dataset = try await scratch.add(bytes, name: "Umsätze.CSV")
    #expect(
      try await scratch.ask(dataset, "SELECT * FROM transactions")
        == #"[{"Kunde":"Müller","Betrag":1234.5,"Betrag_2":1},{"Kunde":"A;B","Betrag":0.5,"Betrag_2":2},{"Kunde":"x","Betrag":null,"Betrag_2":null}]"#
    )
    let profile = try await scratch.service.explore(dataset.id)
    #expect(
      profile["detected_patterns"]?[0]?.string?.hasPrefix("1 rows of the file had fewer fields") == true)
  }

  @Test func `UTF-16 is read as Excel writes it`() async throws {
    let scratch = try ScratchService()
    let bytes = ([0xFEFF] + Array("name\tcity\r\nJosé\tKöln\r\n".utf16)).flatMap {
      [UInt8($0 & 255), UInt8($0 >> 8)]
    }
    let dataset = try await scratch.add(bytes, pieces: 3)
    #expect(
      try await scratch.ask(dataset, "SELECT * FROM transactions") == #"[{"name":"José","city":"Köln"}]"#)
  }

  @Test(arguments: [
    ("", "csv_empty"), ("\n\n", "csv_empty"), ("PK\u{3}\u{4}zip", "csv_not_text"), ("a\0b", "csv_not_text"),
    ("a\n\"\(String(repeating: "x", count: 200_000))", "csv_field_too_long"),
    (String(repeating: "a,", count: 1200), "csv_too_many_columns"),
  ])
  func `what is no table leaves nothing behind`(text: String, code: String) async throws {
    let scratch = try ScratchService()
    let error = await #expect(throws: DatasetError.self) { try await scratch.add(text, pieces: 50_000) }
    #expect(error?.code == code)
    #expect(scratch.files == [])
    #expect(try await scratch.store.read { try $0.datasets.page().items.isEmpty })
  }

  @Test func `limits hold`() async throws {
    var limits = DatasetLimits()
    limits.uploadBytes = 100
    limits.rows = 5
    limits.cells = 8
    let scratch = try ScratchService(limits)
    for text in [
      "a\n" + String(repeating: "x\n", count: 6), "a,b\n" + String(repeating: "x,y\n", count: 5),
      String(repeating: "abc\n", count: 30),
    ] {
      let error = await #expect(throws: DatasetError.self) { try await scratch.add(text, pieces: 10) }
      #expect(error?.code == "dataset_too_large")
      #expect(scratch.files == [])
    }
    #expect(try await scratch.add("a,b\n1,2\n3,4\n5,6\n7,8\n").rowCount == 4)
  }

  @Test(arguments: ["book.xlsx", "book.XLS", "a.parquet", "a.json", "../../x.exe"])
  func `other files are refused by name`(name: String) async throws {
    let scratch = try ScratchService()
    #expect(throws: DatasetError.self) { try scratch.service.upload(filename: name) }
    #expect(scratch.files == [])
  }

  @Test(arguments: [
    ("../../etc/passwd.csv", "passwd.csv"), ("C:\\Users\\me\\a.csv", "a.csv"), ("", "data.csv"),
    ("a\u{0}\nb.csv", "ab.csv"),
  ])
  func `names of files lose their way`(name: String, expected: String) async throws {
    #expect(try await ScratchService().add("a\n1\n", name: name).filename == expected)
  }

  @Test func `an upload that is given up leaves nothing`() async throws {
    let scratch = try ScratchService()
    let upload = try scratch.service.upload(filename: "a.csv")
    try upload.append(Array("a\n1\n".utf8))
    #expect(scratch.files.count == 1)
    upload.cancel()
    #expect(scratch.files == [])
    #expect(throws: DatasetError.uploadEnded) { try upload.append([1]) }
    await #expect(throws: DatasetError.uploadEnded) { try await scratch.service.finish(upload) }
    do {
      let forgotten = try scratch.service.upload(filename: "b.csv")
      try forgotten.append([65])
    }
    #expect(scratch.files == [])
  }

  @Test func `columns with the worst of names can be asked for`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(
      "\"a\"\"b\",select,\"x); DROP TABLE transactions; --\",2024,größe\n1,2,3,4,5\n6,7,8,9,0\n")
    #expect(
      try await scratch.ask(
        dataset, "SELECT a_b, select_, x_DROP_TABLE_transactions, _2024, größe FROM transactions LIMIT 1")
        == #"[{"a_b":1,"select_":2,"x_DROP_TABLE_transactions":3,"_2024":4,"größe":5}]"#)
  }
}
