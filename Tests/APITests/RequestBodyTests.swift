import Basics
import Pipelines
import Testing

@testable import API

struct RequestBodyTests {
  private static func error(_ body: () throws -> Void) -> APIError? {
    do {
      try body()
      return nil
    } catch {
      return error as? APIError
    }
  }

  @Test(arguments: [
    ("", "invalid_json", "The request has no body."),
    ("{\"agentId\":", "invalid_json", "The body is not valid JSON: an unexpected end at byte 11."),
    ("{\"a\":1,}", "invalid_json", "The body is not valid JSON: a missing member name at byte 7."),
    ("[]", "invalid_body", "The body must be a JSON object, not an array."),
    ("\"hi\"", "invalid_body", "The body must be a JSON object, not a string."),
    ("{}", "missing_field", "Missing required fields: agentId, message"),
    ("{\"agentId\":\"a\"}", "missing_field", "Missing required fields: agentId, message"),
    ("{\"agentId\":\"a\",\"message\":\"\"}", "missing_field", "Missing required fields: agentId, message"),
    ("{\"agentId\":null,\"message\":\"m\"}", "missing_field", "Missing required fields: agentId, message"),
    ("{\"agentId\":\"a\",\"message\":5}", "invalid_field", "message must be a string, not a number."),
    ("{\"agentId\":[],\"message\":\"m\"}", "invalid_field", "agentId must be a string, not an array."),
    (
      "{\"agentId\":\"a\",\"message\":{\"text\":\"m\"}}", "invalid_field",
      "message must be a string, not an object."
    ),
    (
      "{\"agentId\":\"a\",\"message\":\"m\",\"stream\":\"yes\"}", "invalid_field",
      "stream must be true or false, not a string."
    ),
    (
      "{\"agentId\":\"a\",\"message\":\"m\",\"onBusy\":\"wait\"}", "invalid_field",
      "onBusy must be one of enqueue, reject, interrupt."
    ),
    (
      "{\"agentId\":\"a\",\"message\":\"m\",\"conversation\":\"c\"}", "unknown_field",
      "There is no field conversation."
    ),
    (
      "{\"agentId\":\"a\",\"message\":\"m\",\"stream\":true,\"background\":true}", "invalid_field",
      "stream and background exclude each other."
    ),
  ])
  func `an invocation that cannot be understood is named`(body: String, code: String, message: String) {
    let error = Self.error { _ = try InvokeOrder(Array(body.utf8)) }
    #expect(error?.code == code)
    #expect(error?.message == message)
  }

  @Test func `the hint names the nearest field`() {
    let missing = Self.error { _ = try InvokeOrder(Array("{\"agent_id\":\"a\",\"message\":\"m\"}".utf8)) }
    #expect(missing?.hint == "There is no field agent_id. Did you mean agentId?")
    let unknown = Self.error {
      _ = try InvokeOrder(Array("{\"agentId\":\"a\",\"message\":\"m\",\"onbusy\":\"\"}".utf8))
    }
    #expect(unknown?.hint == "Did you mean onBusy?")
  }

  @Test(arguments: [
    ("{}", false, InvokeOrder.Delivery.whole), ("{\"stream\":true}", false, .stream), ("{}", true, .stream),
    ("{\"background\":true}", true, .background), ("{\"stream\":null,\"background\":null}", false, .whole),
  ])
  func `an invocation says how its answer is wanted`(
    more: String, accepts: Bool, delivery: InvokeOrder.Delivery
  ) throws {
    let rest = more.dropFirst().dropLast()
    let body =
      "{\"agentId\":\"a\",\"message\":\"m\",\"conversationId\":\"\"\(rest.isEmpty ? "" : ",")\(rest)}"
    let order = try InvokeOrder(Array(body.utf8), key: "k", acceptsStream: accepts)
    #expect(order.delivery == delivery)
    #expect(order.invocation.conversation == nil)
    #expect(order.invocation.key == "k")
  }

  @Test(arguments: [
    (
      "{\"name\":\"a\",\"provider\":\"openai\"}", "missing_field",
      "Missing required fields: name, provider, model"
    ),
    (
      "{\"name\":\"a\",\"provider\":\"acme\",\"model\":\"m\"}", "provider_unknown", "Unknown provider: acme"
    ),
    (
      "{\"name\":7,\"provider\":\"openai\",\"model\":\"m\"}", "invalid_field",
      "name must be a string, not a number."
    ),
    (
      "{\"name\":\"a\",\"provider\":\"openai\",\"model\":\"m\",\"config\":[]}", "invalid_field",
      "config must be an object, not an array."
    ),
    (
      "{\"name\":\"a\",\"provider\":\"openai\",\"model\":\"m\",\"status\":\"asleep\"}", "invalid_field",
      "status must be one of active, paused, error."
    ),
    (
      "{\"name\":\"a\",\"provider\":\"openai\",\"model\":\"m\",\"emojy\":\"x\"}", "unknown_field",
      "There is no field emojy."
    ),
  ])
  func `an agent that cannot be made is refused with its reason`(body: String, code: String, message: String)
  {
    let error = Self.error { _ = try AgentChange(Array(body.utf8), isWhole: true) }
    #expect(error?.code == code)
    #expect(error?.message == message)
  }

  @Test(arguments: ["{\"name\":null}", "{\"name\":\"\"}", "{\"model\":null}"])
  func `a change cannot take away what an agent needs`(body: String) {
    let error = Self.error { _ = try AgentChange(Array(body.utf8), isWhole: false) }
    #expect(error?.code == "invalid_field")
  }
}
