import Testing
import Wire

struct RequestTargetTests {
  static let paths: [(String, [String])] = [
    ("/", []), ("/a", ["a"]), ("/a/", ["a", ""]), ("/a//b", ["a", "", "b"]),
    ("/a%20b/c%2Fd", ["a b", "c/d"]),
    ("/%C3%A9", ["é"]), ("/a+b", ["a+b"]), ("/a?b/c", ["a"]), ("http://h?x", []), ("/.%2e/x", ["..", "x"]),
  ]

  @Test(arguments: paths)
  func `a path is cut into decoded segments`(raw: String, segments: [String]) throws {
    #expect(try RequestTarget(raw).segments == segments)
  }

  @Test(arguments: [
    ("/api/%61gents", "/api/agents"), ("/%7Eme/%2D%2e%5F%30", "/~me/-._0"), ("/a%2Fb", "/a%2Fb"),
    ("/a%20b", "/a%20b"), ("/%C3%A9", "/%C3%A9"), ("/%25%36%31", "/%2561"), ("/%61?q=%61", "/a"),
    ("http://h/%61", "/a"),
  ])
  func `an escape that is not needed changes nothing`(raw: String, path: String) throws {
    let target = try RequestTarget(raw)
    #expect(target.path == path)
    #expect(target.raw == raw)
    #expect(target.rawQuery == (raw.contains("?") ? "q=%61" : nil))
  }

  static let queries: [(String, [[String]])] = [
    ("/", []), ("/?", []), ("/?a", [["a", ""]]), ("/?a=1&b=2&a=3", [["a", "1"], ["b", "2"], ["a", "3"]]),
    ("/?q=a+b%20c%2B", [["q", "a b c+"]]), ("/?q=100%&r=%zz", [["q", "100%"], ["r", "%zz"]]),
    ("/?a=b=c", [["a", "b=c"]]),
    ("/?&&x=?&", [["x", "?"]]), ("/?q=%F0%9F%A6%99", [["q", "🦙"]]),
  ]

  @Test(arguments: queries)
  func `a query is cut into decoded pairs`(raw: String, pairs: [[String]]) throws {
    #expect(try RequestTarget(raw).query.map { [$0.name, $0.value] } == pairs)
  }

  @Test func `a value is found by its name`() throws {
    let target = try RequestTarget("/x?after=41&limit=5&after=9")
    #expect(target.queryValue("after") == "41")
    #expect(target.queryValue("before") == nil)
    #expect(target.path == "/x")
    #expect(target.rawQuery == "after=41&limit=5&after=9")
  }
}
