import Basics
import Model
import Testing

struct EventEncoderTests {
  static let bodies: [EventBody] = [
    .messageCreated(
      MessageCreated(role: .user, text: "hi \"you\"", parent: Identifier("m0"), parts: [["type": "text"]])),
    .messageDelta(MessageDelta(channel: .thought, position: 7, text: "é")),
    .messageCompleted(
      MessageCompleted(
        text: "done", finish: "stop",
        usage: Usage(inputTokens: 1, outputTokens: 2, cachedTokens: 3, cacheWriteTokens: 4),
        parts: [["type": "tool_call", "id": "c", "name": "f", "arguments": "{}"]])),
    .run(.failed, usage: nil, error: RunFailure(code: "timeout", message: "slow", hint: "wait")),
    .run(.running, usage: nil, error: nil),
    .other(.agentUpdated, ["version": 2]),
  ]

  @Test(arguments: bodies)
  func `a stored body reads back as it was`(body: EventBody) throws {
    #expect(EventBody(type: body.type, json: try JSON.parse(EventEncoder.body(body))) == body)
  }

  @Test func `an event has one form`() {
    let body = EventBody.messageDelta(MessageDelta(channel: .final, position: 1204, text: " hello"))
    let event = Event(
      offset: 1832, conversation: Identifier("c1"), seq: 37, run: Identifier("r7"),
      agent: AgentReference(id: Identifier("a1"), name: "Code Helper"), message: Identifier("m9"),
      at: Timestamp(milliseconds: 0), body: body)
    let text = String(decoding: EventEncoder.event(event, body: EventEncoder.body(body)), as: UTF8.self)
    #expect(
      text == """
        {"offset":1832,"conversation":"c1","seq":37,"type":"message.delta","run":"r7",\
        "agent":{"id":"a1","name":"Code Helper"},"message":"m9","channel":"final","position":1204,\
        "text":" hello","at":"1970-01-01T00:00:00.000Z"}
        """)
  }
}
