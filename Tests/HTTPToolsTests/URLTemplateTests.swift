import Basics
import Fetch
import Model
import Testing
import Tools

@testable import HTTPTools

struct URLTemplateTests {
  private static func json(_ text: String) throws -> JSONObject { try JSON.parse(text).object ?? [:] }

  @Test(
    arguments: [
      ("https://h/a", "{}", "https://h/a"), ("https://h", "{}", "https://h/"),
      ("https://h/{c}", #"{"c":"Rome"}"#, "https://h/Rome"),
      ("https://h/{c}/x", #"{"c":"a/b?c#d"}"#, "https://h/a%2Fb%3Fc%23d/x"),
      ("https://h/v{n}.json", #"{"n":2}"#, "https://h/v2.json"),
      ("https://h/a?q={q}&u={u}", #"{"q":"a b&c=1"}"#, "https://h/a?q=a%20b%26c%3D1"),
      ("https://h/a?fixed=1&u={u}", #"{"u":true}"#, "https://h/a?fixed=1&u=true"),
      ("https://h/a?u={u}", #"{"u":null}"#, "https://h/a"),
      ("https://h:8443/a?b={x}-{y}", #"{"x":1.5,"y":"ü"}"#, "https://h:8443/a?b=1.5-%C3%BC"),
      ("https://h/{c}", #"{"c":"..."}"#, "https://h/..."),
    ])
  func `places are filled and encoded`(template: String, arguments: String, url: String) throws {
    #expect(try URLTemplate(template).url(filledWith: Self.json(arguments)).text == url)
  }

  @Test(
    arguments: [
      (#"{"a":1,"b":"x y"}"#, "https://h/p?k=v&a=1&b=x%20y"), (#"{"l":[1,"z"]}"#, "https://h/p?k=v&l=1&l=z"),
      (#"{"o":{"a":1},"n":null}"#, "https://h/p?k=v&o=%7B%22a%22%3A1%7D"), ("{}", "https://h/p?k=v"),
    ])
  func `what has no place becomes words of the query`(more: String, url: String) throws {
    #expect(try URLTemplate("https://h/p?k=v").url(filledWith: [:], more: Self.json(more)).text == url)
  }

  @Test(
    arguments: [
      ("https://h/{c}", "{}"), ("https://h/{c}", #"{"c":""}"#), ("https://h/{c}", #"{"c":null}"#),
      ("https://h/users/{c}/x", #"{"c":".."}"#), ("https://h/{c}", #"{"c":"."}"#),
      ("https://h/{a}{b}", #"{"a":".","b":"."}"#), ("https://h/.{a}/x", #"{"a":"."}"#),
    ])
  func `arguments that would change the path are refused`(template: String, arguments: String) throws {
    let template = try URLTemplate(template)
    let object = try Self.json(arguments)
    #expect {
      try template.url(filledWith: object)
    } throws: { ($0 as? ToolError)?.code == "tool_arguments_invalid" }
  }

  @Test(
    arguments: [
      "ftp://h/a", "h/a", "https://{h}/a", "https://h{x}.example/a", "https://h:{p}/", "{u}", "https://h/a#b",
      "https://h/{", "https://h/}", "https://h/{}", "https://h/{a{b}}", "https://u:p@h/", "https://h/a b",
      "https:///a",
    ])
  func `what is no template is refused`(text: String) {
    #expect {
      try URLTemplate(text)
    } throws: { ($0 as? ToolError)?.code == "invalid_tool" }
  }

  @Test(
    arguments: [
      ("https://h/a", "https://H:443/b?c", true), ("https://h/a", "http://h/a", false),
      ("https://h/a", "https://h:444/a", false), ("https://h/a", "https://h.evil/a", false),
    ])
  func `servers are told apart`(a: String, b: String, same: Bool) throws {
    #expect(try URLTemplate(a).hasSameOrigin(as: URLTemplate(b)) == same)
  }
}

struct RegisteredToolCheckTests {
  static func tool(_ change: (inout RegisteredTool) -> Void = { _ in }) -> RegisteredTool {
    var tool = RegisteredTool(
      name: "weather", url: "https://h/{city}?u={units}",
      parameters: [
        "type": "object", "properties": ["city": ["type": "string"], "units": [:]], "required": ["city"],
      ], createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
    change(&tool)
    return tool
  }

  @Test func `a whole tool passes`() throws { try Self.tool().check() }

  @Test(arguments: ["key={units}", "key=", "key", "max_tokens=5", "monkey=1", "sort_key=name"])
  func `a query without a key passes`(query: String) throws {
    try Self.tool { $0.url = "https://h/{city}?\(query)" }.check()
  }

  private static let wrong: [(words: String, change: @Sendable (inout RegisteredTool) -> Void)] = [
    ("name", { $0.name = "a b" }), ("name", { $0.name = "" }),
    ("name", { $0.name = String(repeating: "a", count: 65) }),
    ("url", { $0.url = "file:///etc/passwd" }), ("{town}", { $0.url = "https://h/{town}" }),
    (
      "parameters.required",
      { $0.parameters = ["type": "object", "properties": ["city": [:], "units": [:]]] }
    ),
    ("parameters", { $0.parameters = ["type": "string"] }), ("parameters", { $0.parameters = [:] }),
    (
      "parameters.properties.x.type",
      { $0.parameters = ["type": "object", "properties": ["x": ["type": "text"]]] }
    ),
    ("timeout", { $0.timeout = 1 }), ("timeout", { $0.timeout = 600_001 }),
    ("maxResultBytes", { $0.maximumResult = 1 }), ("maxResultBytes", { $0.maximumResult = 1 << 20 }),
    ("headers.Host", { $0.headers = [RegisteredTool.Header(name: "Host", value: "x")] }),
    ("headers.a b", { $0.headers = [RegisteredTool.Header(name: "a b", value: "x")] }),
    ("headers.X", { $0.headers = [RegisteredTool.Header(name: "X", value: "a\r\nY: b")] }),
    ("the value of api_key,", { $0.url = "https://h/{city}?api_key=abc" }),
    ("the value of appid,", { $0.url = "https://h/{city}?u={units}&appid=abc" }),
    ("the value of Access-Token,", { $0.url = "https://h/{city}?Access-Token=t-{units}" }),
    ("description", { $0.description = String(repeating: "a", count: 4001) }),
  ]

  @Test(arguments: wrong.indices)
  func `what is wrong is named`(index: Int) {
    let tool = Self.tool(Self.wrong[index].change)
    #expect {
      try tool.check()
    } throws: { "\($0)".contains(Self.wrong[index].words) }
  }

  @Test func `what a call would do has a fingerprint`() {
    let plain = Self.tool().fingerprint
    #expect(Self.tool { $0.description = "other" }.fingerprint == plain)
    #expect(Self.tool { $0.url = "https://h/{city}" }.fingerprint != plain)
    #expect(Self.tool { $0.method = .delete }.fingerprint != plain)
    #expect(Self.tool { $0.headers = [.init(name: "a", value: "b")] }.fingerprint != plain)
  }
}
