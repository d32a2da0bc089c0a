import Basics
import Testing

@testable import API

/// What is wrong with a body, as clients of the replaced services read it.
private func faults<Value>(_ read: () throws -> Value) -> [JSON] {
  do {
    _ = try read()
    return []
  } catch {
    return (error as? BodyFaults)?.json.array ?? ["another error"]
  }
}

struct CustomerRequestTests {
  private static let session = "7D1F4A52-3c1e-4b8a-9a55-0f6f3c2d1e4b"

  private static func body(_ message: String, _ session: String = session) -> [UInt8] {
    JSON.object(["message": .string(message), "session_id": .string(session)]).bytes
  }

  @Test(arguments: [1, 2000])
  func `S002-32 a session id is lowered, and a message may have up to 2000 characters`(count: Int) throws {
    let request = try CustomerRequest(Self.body(String(repeating: "é", count: count)))
    #expect(request.session == "7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b")
    #expect(request.message.count == count)
  }

  @Test(
    arguments: [
      (body(""), "string_too_short", "String should have at least 1 character", ["body", "message"]),
      (
        body(String(repeating: "x", count: 2001)), "string_too_long",
        "String should have at most 2000 characters", ["body", "message"]
      ),
      (body(" \n "), "value_error", "Value error, the message must not be blank", ["body", "message"]),
      (
        body("Hi", "c232ab00-9414-11ec-b3c8-9f68deced846"), "value_error",
        "Value error, session_id must be a valid UUID v4", ["body", "session_id"]
      ),
      (
        body("Hi", "7d1f4a52-3c1e-4b8a-7a55-0f6f3c2d1e4b"), "value_error",
        "Value error, session_id must be a valid UUID v4", ["body", "session_id"]
      ),
      (
        body("Hi", "not-a-uuid"), "value_error", "Value error, session_id must be a valid UUID v4",
        ["body", "session_id"]
      ),
      (Array(#"{"message":"Hi"}"#.utf8), "missing", "Field required", ["body", "session_id"]),
      (
        Array(#"{"message":5,"session_id":"\#(session)"}"#.utf8), "string_type",
        "Input should be a valid string", ["body", "message"]
      ),
      (
        Array("[]".utf8), "model_attributes_type",
        "Input should be a valid dictionary or object to extract fields from", ["body"]
      ),
      (Array("{".utf8), "json_invalid", "JSON decode error", ["body", 1]),
      ([], "missing", "Field required", ["body"]),
    ] as [([UInt8], String, String, JSON)])
  func `S002 a body that cannot be is told with type, place, message and input`(
    body: [UInt8], type: String, message: String, place: JSON
  ) {
    let found = faults { try CustomerRequest(body) }
    #expect(found.count == 1)
    #expect(found.first?["type"] == .string(type))
    #expect(found.first?["msg"] == .string(message))
    #expect(found.first?["loc"] == place)
    #expect(found.first?.object?.names.contains("input") == true)
  }

  @Test func `everything that is wrong is told at once, with what stood there`() {
    let found = faults { try CustomerRequest(Array("{}".utf8)) }
    #expect(found.map { $0["loc"] } == [["body", "message"], ["body", "session_id"]])
    #expect(found.map { $0["input"] } == [[:], [:]])
  }
}

struct FieldServiceRequestTests {
  private static func body(_ message: JSON, _ conversation: JSON) -> [UInt8] {
    JSON.object(["input": ["message": message], "conversation": conversation]).bytes
  }

  private static let conversation: JSON = ["id": "c", "user_id": "", "company_id": "co-2"]

  @Test(arguments: [1, 2000])
  func `S004-08 S004-09 a message of 1 to 2000 characters passes, with any ids`(count: Int) throws {
    let text = String(repeating: "👍", count: count)
    let request = try FieldServiceRequest(Self.body(.string(text), Self.conversation))
    #expect(request.message == text)
    #expect(request.conversation == "c" && request.user == "" && request.company == "co-2")
  }

  @Test(
    arguments: [
      (body("", conversation), "string_too_short", ["body", "input", "message"]),
      (
        body(.string(String(repeating: "x", count: 2001)), conversation), "string_too_long",
        ["body", "input", "message"]
      ),
      (
        body("Hi", ["id": "c", "user_id": "u"]), "missing", ["body", "conversation", "company_id"]
      ),
      (
        body("Hi", ["id": 1, "user_id": "u", "company_id": "c"]), "string_type",
        ["body", "conversation", "id"]
      ),
      (body("Hi", "c"), "model_attributes_type", ["body", "conversation"]),
    ] as [([UInt8], String, JSON)])
  func `S004-07 S004-08 what is missing or of the wrong kind is named by its place`(
    body: [UInt8], type: String, place: JSON
  ) {
    let found = faults { try FieldServiceRequest(body) }
    #expect(found.map { $0["type"] } == [.string(type)])
    #expect(found.map { $0["loc"] } == [place])
  }

  @Test func `S004-07 the older flat body is refused`() {
    let found = faults { try FieldServiceRequest(Array(#"{"message":"Hi","conversation_id":"c"}"#.utf8)) }
    #expect(found.map { $0["loc"] } == [["body", "input"], ["body", "conversation"]])
  }
}

struct InsightXRequestTests {
  @Test func `S000-33 history with roles of its own and objects is taken`() throws {
    let request = try InsightXRequest(
      Array(
        """
        {"session_id":"test-session","chat_id":"test-chat","message":"Go on","more":1,"history":[
          {"role":"user","content":"Hi"},{"role":"orchestrator","content":{"text":"Hello"}},
          {"role":"sql","content":{"rows":[1]}},{"role":"system","content":null},"odd"]}
        """.utf8))
    #expect(request.historyText == "User: Hi\nAssistant: Hello\nAssistant: {\"rows\":[1]}")
    #expect(request.session == "test-session" && request.chat == "test-chat")
  }

  @Test(
    arguments: [
      ("", InsightXRequest.Refusal.invalid), ("{", .invalid), ("[]", .invalid), ("{}", .missing),
      (#"{"session_id":"s","chat_id":"c","message":""}"#, .missing),
      (#"{"session_id":"s","chat_id":"c","message":5}"#, .missing),
      (#"{"session_id":"s","message":"m"}"#, .missing),
    ])
  func `S000-02 what is missing is told under both names`(
    body: String, refusal: InsightXRequest.Refusal
  ) {
    #expect(throws: refusal) { try InsightXRequest(Array(body.utf8)) }
    #expect(refusal.json["error"] == refusal.json["detail"])
  }
}
