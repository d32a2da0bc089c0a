import Testing
import Wire

@testable import API

struct RequestQueryTests {
  private static func query(
    _ pairs: [(String, String)], known: [String] = ["limit", "after", "before"], allowsOthers: Bool = false
  ) throws -> RequestQuery {
    try RequestQuery(pairs.map { (name: $0.0, value: $0.1) }, known: known, allowsOthers: allowsOthers)
  }

  @Test(arguments: [false, true])
  func `a parameter comes once, and others pass only where they may`(allowsOthers: Bool) throws {
    #expect(throws: APIError.repeatedParameter("limit")) {
      try Self.query([("limit", "5"), ("limit", "5")], allowsOthers: allowsOthers)
    }
    let other = try? Self.query([("_", "1"), ("_", "2"), ("limit", "7")], allowsOthers: allowsOthers)
    #expect(try other?.limit() == (allowsOthers ? 7 : nil))
  }

  @Test(arguments: [("1", 1), ("50", 50), ("500", 500), ("", 50)])
  func `a page holds what was asked for`(text: String, limit: Int) throws {
    #expect(try Self.query([("limit", text)]).limit() == limit)
  }

  @Test(arguments: ["0", "501", "-1", "ten", "1.5"])
  func `a page's size has bounds`(text: String) throws {
    let query = try Self.query([("limit", text)])
    #expect(throws: APIError.invalidQuery("limit", mustBe: "a whole number from 1 to 500, not \(text)")) {
      try query.limit()
    }
  }

  @Test func `a page goes one way`() throws {
    #expect(try Self.query([]).direction() == nil)
    #expect(try Self.query([("after", "x")]).direction() == .after("x"))
    #expect(try Self.query([("before", "x")]).direction() == .before("x"))
    let both = try Self.query([("before", "x"), ("after", "y")])
    #expect(throws: APIError.self) { try both.direction() }
  }

  @Test func `an unknown parameter is named with the nearest known one`() {
    #expect(
      throws: APIError("invalid_query", "There is no query parameter limits.", hint: "Did you mean limit?")
    ) {
      try Self.query([("limits", "5")])
    }
  }

  @Test(
    arguments: [
      (nil, nil, 0, nil), (nil, "12", 12, nil), ("", "12", 12, nil), ("k3f:41", nil, 41, "k3f"),
      ("k3f:41", "12", 41, "k3f"), ("a:b:7", nil, 7, "a:b"),
    ] as [(String?, String?, Int64, String?)])
  func `a stream resumes where its client was`(field: String?, after: String?, seq: Int64, epoch: String?)
    throws
  {
    let query = try Self.query(after.map { [("after", $0)] } ?? [])
    let position = try StreamPosition(lastEventID: field, query: query)
    #expect(position.seq == seq)
    #expect(position.epoch == epoch)
  }

  @Test(arguments: ["41", "k3f:", "k3f:-1", "k3f:x"])
  func `an id that no stream gave out is refused`(field: String) throws {
    let query = try Self.query([])
    #expect(throws: APIError.self) { try StreamPosition(lastEventID: field, query: query) }
  }

  @Test(arguments: [
    ([], 3, true), (["*"], 3, true), (["\"3\""], 3, true), (["\"2\"", "\"3\""], 3, true),
    (["\"2\""], 3, false), (["3"], 3, true), (["4"], 3, false),
  ])
  func `a version must be one of those named`(elements: [String], version: Int, matches: Bool) throws {
    let condition = try IfMatch(elements)
    #expect(((try? condition.check(version, of: "a")) != nil) == matches)
  }

  @Test(arguments: [["W/\"3\""], ["\"x\""], ["\""], ["\"\""], ["\"3\"", "*"], ["x"]])
  func `an If-Match that names no version is refused with the right form`(elements: [String]) {
    let error = #expect(throws: APIError.self) { try IfMatch(elements) }
    #expect(error?.code == "invalid_if_match" && error?.message.contains("\"3\"") == true)
    #expect(error.map { ErrorTable.status(of: $0) } == 400)
  }
}
