import Basics
import Storage
import TestKit
import Testing

@testable import Knowledge

struct DocumentReaderTests {
  static let read: [(name: String, content: String, title: String, text: String)] = [
    ("note.txt", "Hello.\n", "note.txt", "Hello.\n"), ("README", "x", "README", "x"),
    ("a.md", "intro\n\n## The *title* ##\ntext", "The *title*", "intro\n\n## The *title* ##\ntext"),
    ("b.md", "\u{FEFF}# T", "T", "# T"),
    (
      "r.json", #"[{"id":1,"tags":["a","b"],"x":{"y":null,"z":true}},"plain"]"#, "r.json",
      "id: 1\ntags: a, b\nx.z: true\n\nplain"
    ),
    ("r.jsonl", "{\"a\":1}\n\n{\"a\":2}\n", "r.jsonl", "a: 1\n\na: 2"),
    (
      "t.csv", "name,price\r\n\"Tea, green\",3\r\n,\r\nMilk,\"1 \"\"l\"\"\"\r\n", "t.csv",
      "name: Tea, green\nprice: 3\n\nname: Milk\nprice: 1 \"l\""
    ),
    ("t2.csv", "a;b;\n1;2;3\n4\n", "t2.csv", "a: 1\nb: 2\ncolumn 3: 3\n\na: 4"),
    ("one.csv", "only\n", "one.csv", "only"),
    (
      "p.html",
      "<!DOCTYPE html><html><head><title>A &amp; B</title><style>p{}</style></head><body><h1>Top</h1><p>One <b>bold</b> &lt;x&gt; word.</p><script>alert('</p>')</script><ul><li>a</li><li>b</li></ul><h2>Two</h2>last<br>line</body></html>",
      "A & B", "# Top\n\nOne bold <x> word.\n\n- a\n- b\n\n## Two\n\nlast\nline\n"
    ),
  ]

  @Test(arguments: read)
  func `a document becomes text`(name: String, content: String, title: String, text: String) throws {
    let document = try DocumentReader.read(DocumentUpload(name: name, text: content))
    #expect(document.title == title)
    #expect(document.text == text)
  }

  static let refused: [(name: String, bytes: [UInt8], code: String, hint: String)] = [
    ("a.pdf", Array("text".utf8), "document_unsupported", "pdftotext"),
    ("a.txt", Array("%PDF-1.7 …".utf8), "document_unsupported", "pdftotext"),
    ("a.docx", [1, 2], "document_unsupported", "libreoffice"),
    ("a.png", [0x89], "document_unsupported", "tesseract"), ("a.zip", [1], "document_unsupported", "Unpack"),
    ("a.txt", [0x41, 0, 0x42], "document_unsupported", "UTF-8"),
    ("a.txt", [0xC3, 0x28], "document_unsupported", "iconv"),
    ("a.xyz", Array("text".utf8), "document_unsupported", "markdown"),
    ("a.json", Array("{".utf8), "document_malformed", "format text"),
    ("a.jsonl", Array("{}\n{\n".utf8), "document_malformed", "format text"),
    ("a.txt", Array(" \n\t\u{A0}".utf8), "document_empty", "recognized"), ("", [65], "invalid_field", ""),
    ("a\nb.txt", [65], "invalid_field", ""),
    ("big.txt", [UInt8](repeating: 65, count: (8 << 20) + 1), "document_too_large", "Split"),
  ]

  @Test(arguments: refused)
  func `what cannot be read is refused with what to do`(
    name: String, bytes: [UInt8], code: String, hint: String
  ) {
    let error = #expect(throws: KnowledgeError.self) {
      try DocumentReader.read(DocumentUpload(name: name, bytes: bytes))
    }
    #expect(error?.code == code)
    #expect(error?.hint?.contains(hint) ?? hint.isEmpty, "\(error?.hint ?? "")")
  }

  @Test func `a line that is no JSON is named`() {
    let error = #expect(throws: KnowledgeError.self) {
      try DocumentReader.read(DocumentUpload(name: "a.jsonl", text: "{}\n\n{oops}"))
    }
    #expect(error?.message.contains("line 3") == true)
  }

  static let hostile = [
    "<", "</", "<a", "<a href='", "<!--", "<!-- x --", "<script>", "<script><script>", "&", "&#",
    "&#x110000;", "&#0;a", "&nosuch;",
    "<p><p><p>", "<li><li>", "</pre></pre>x", "<TITLE>t", "a < b > c", "<h9>x</h9>", "<td>1<td>2<tr><td>3",
    "<pre>  a\n  b</pre>",
    "<svg><title>in</title></svg>out", "\u{0}", "<x y=\"a>b\">z",
  ]

  @Test(arguments: hostile)
  func `any page gives some text and keeps no script`(page: String) {
    for cut in page.indices {
      _ = HTMLText.read(String(page[cut...]))
      let (_, text) = HTMLText.read(
        String(page[cut...]) + "\">--></title></svg></pre><script>evil()</script>")
      #expect(!text.contains("evil"))
    }
    #expect(HTMLText.read("<svg><title>in</title></svg>out").title == nil)
    #expect(HTMLText.read("<x y=\"a>b\">z").text == "z\n")
    #expect(HTMLText.read("<pre>  a\n  b</pre>").text == "  a\n  b\n")
    #expect(HTMLText.read("a < b &copy; &#x41;").text == "a < b © A\n")
  }

  @Test(arguments: ["<", "<a ", "<!--", "&", "<script>", "<p>", "<title>", "a<b "])
  func `a page of one mark over and over is read in time that grows with it`(mark: String) {
    let page = String(repeating: mark, count: 200_000)
    #expect(TimeLimit.isMet(.seconds(5)) { ContinuousClock().measure { _ = HTMLText.read(page) } })
  }

  @Test func `the hash tells every change and nothing else`() throws {
    func hash(_ upload: DocumentUpload) throws -> String { try DocumentReader.read(upload).hash }
    let upload = DocumentUpload(name: "a.txt", bytes: Array("text".utf8), metadata: ["k": 1])
    let same = try hash(upload)
    #expect(try hash(upload) == same)
    var changed = upload
    changed.metadata = ["k": 2]
    #expect(try hash(changed) != same)
    changed = upload
    changed.title = "T"
    #expect(try hash(changed) != same)
    changed = upload
    changed.bytes += [65]
    #expect(try hash(changed) != same)
  }
}
