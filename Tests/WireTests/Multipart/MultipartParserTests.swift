import TestKit
import Testing
import Wire

/// A form as its parts, for comparing.
private struct ReadForm: Equatable {
  struct Part: Equatable {
    let head: MultipartHead
    var text: String
    var isWhole = false
  }

  var parts: [Part] = []
  var error: MultipartError?

  init(_ pieces: [[UInt8]], type: String = "multipart/form-data; boundary=xYz") {
    do throws(MultipartError) {
      var parser = try MultipartParser(contentType: type)
      var bodies: [[UInt8]] = []
      for piece in pieces {
        parser.receive(piece)
        while let found = try parser.next() {
          switch found {
          case .head(let head):
            parts.append(Part(head: head, text: ""))
            bodies.append([])
          case .body(let bytes): bodies[bodies.count - 1] += bytes
          case .end: parts[parts.count - 1].isWhole = true
          }
          for index in bodies.indices { parts[index].text = String(decoding: bodies[index], as: UTF8.self) }
        }
      }
      try parser.finish()
    } catch {
      self.error = error
    }
  }

  init(_ text: String, type: String = "multipart/form-data; boundary=xYz") {
    self.init([Array(text.utf8)], type: type)
  }
}

struct MultipartParserTests {
  private static let form =
    "--xYz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--xY, not yet\r\n"
    + "--xYz  \r\ncontent-disposition:form-data; name=file; filename=\"a \\\"b\\\".csv\"\r\nContent-Type: text/csv\r\n\r\n"
    + "id,n\r\n1,\r\r\n2,\r\n-\r\n--\r\n--xYz\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--xYz--\r\nepilogue"

  @Test func `a form comes out the same however its bytes are cut`() {
    let whole = ReadForm(Self.form)
    #expect(whole.error == nil)
    #expect(whole.parts.map(\.head.name) == ["note", "file", "empty"])
    #expect(whole.parts.map(\.head.filename) == [nil, "a \"b\".csv", nil])
    #expect(whole.parts.map(\.head.contentType) == [nil, "text/csv", nil])
    #expect(whole.parts.map(\.text) == ["hello\r\n--xY, not yet", "id,n\r\n1,\r\r\n2,\r\n-\r\n--", ""])
    #expect(whole.parts.map(\.isWhole) == [true, true, true])
    for pieces in everySplit(of: Self.form) { #expect(ReadForm(pieces) == whole) }
  }

  @Test(
    arguments: [
      ("", .unfinished), ("nothing of a form", .unfinished), ("--xYz", .unfinished),
      ("--xYz\r\n", .unfinished),
      ("--xYzz\r\n", .noBoundary), ("--xYz-\r\n", .noBoundary),
      (String(repeating: "p", count: 20_000), .noBoundary),
      ("--xYz\r\nContent-Type: text/csv\r\n\r\nx\r\n--xYz--", .malformedHead),
      ("--xYz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xYz--", .malformedHead),
      ("--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--xYz--", .malformedHead),
      ("--xYz\r\nno colon\r\n\r\nx\r\n--xYz--", .malformedHead),
      ("--xYz\r\nContent-Disposition: form-data; name=a\n\nx", .malformedHead),
      ("--xYz\r\n\r\nx\r\n--xYz--", .malformedHead),
      (
        "--xYz\r\nContent-Disposition: form-data; name=\(String(repeating: "a", count: 20_000))",
        .headTooLarge
      ),
      ("--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nabc", .unfinished),
      ("--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--xYz\r\n", .unfinished),
    ] as [(String, MultipartError)])
  func `what is no whole form is refused, however it is cut`(text: String, error: MultipartError) {
    #expect(ReadForm(text).error == error)
    let bytes = Array(text.utf8)
    #expect(ReadForm(bytes.map { [$0] }).error == error)
    if bytes.count < 200 { for pieces in everySplit(of: bytes) { #expect(ReadForm(pieces).error == error) } }
  }

  @Test(arguments: [
    nil, "", "text/csv", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/mixed; boundary=a",
    "multipart/form-data; boundary=\(String(repeating: "b", count: 201))",
  ])
  func `a content type without a boundary is no form`(type: String?) {
    #expect(throws: MultipartError.notAForm) { try MultipartParser(contentType: type) }
  }

  @Test(arguments: [
    ("filename=data.csv", "data.csv"), ("filename=\"C:\\new\\t.csv\"", "C:\\new\\t.csv"),
    ("filename=\"a%22b%0D%0Ac%20.csv\"", "a\"b\r\nc%20.csv"),
    ("filename=\"x.csv\"; filename*=UTF-8''na%C3%AFve.csv", "naïve.csv"),
    ("filename*=latin1''a.csv; filename=b.csv", "b.csv"), ("filename=\"\"", ""),
    ("FileName = \"u.csv\" ;", "u.csv"), ("filename=\"open", "open"),
  ])
  func `names of files are read as browsers and others write them`(parameter: String, name: String) {
    let form = ReadForm(
      "--xYz\r\nContent-Disposition: form-data; name=\"file\"; \(parameter)\r\n\r\n1\r\n--xYz--")
    #expect(form.parts.first?.head.filename == name)
    #expect(form.parts.first?.head.name == "file")
  }

  @Test func `a boundary may be quoted, and parts are bounded in number`() {
    let part = "--a b\r\nContent-Disposition: form-data; name=n\r\n\r\nv\r\n"
    let type = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""
    #expect(ReadForm(String(repeating: part, count: 100) + "--a b--", type: type).parts.count == 100)
    #expect(ReadForm(String(repeating: part, count: 101) + "--a b--", type: type).error == .tooManyParts)
  }

  @Test func `content full of beginnings of boundaries takes linear time`() {
    let content = String(repeating: "\r\n--xY\r\r\n-", count: 50_000)
    let form = "--xYz\r\nContent-Disposition: form-data; name=n\r\n\r\n\(content)\r\n--xYz--"
    let bytes = Array(form.utf8)
    let pieces = stride(from: 0, to: bytes.count, by: 997).map {
      Array(bytes[$0..<min($0 + 997, bytes.count)])
    }
    #expect(ReadForm(Array(pieces)).parts.first?.text.utf8.count == content.utf8.count)
  }
}
