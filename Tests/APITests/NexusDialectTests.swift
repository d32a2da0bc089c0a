import Basics
import Model
import Testing

@testable import API

struct NexusDialectTests {
  private static func event(_ run: String, _ body: EventBody, agent: String = "a") -> Event {
    Event(
      conversation: Identifier("c-\(run)"), seq: 1, run: Identifier(run),
      agent: AgentReference(id: Identifier(agent), name: "Agent"), message: Identifier("m-\(run)"),
      at: Timestamp(milliseconds: 0), body: body)
  }

  private static func delta(_ run: String, _ text: String, _ channel: MessageDelta.Channel = .final) -> Event
  {
    event(run, .messageDelta(MessageDelta(channel: channel, position: 0, text: text)))
  }

  private static func completed(_ run: String, _ text: String, finish: String = "stop") -> Event {
    event(run, .messageCompleted(MessageCompleted(text: text, finish: finish)))
  }

  private static func failed(_ run: String) -> Event {
    event(run, .run(.failed, usage: nil, error: RunFailure(code: "x", message: "It broke.")))
  }

  /// What pages see of some events: `chunk:text`, `complete:text:message` or `error:reason`, with the conversation.
  private static func shown(_ events: [Event]) throws -> [String] {
    var dialect = NexusDialect()
    return try events.flatMap { dialect.messages(for: $0) }.map { bytes in
      let json = try JSON.parse(bytes)
      let data = json["data"] ?? .null
      let conversation = data["conversationId"]?.string ?? "-"
      switch json["kind"]?.string {
      case "agent-response": return "\(conversation) chunk:\(data["chunk"]?.string ?? "-")"
      case "agent-approval-required":
        return "\(conversation) approve:\(data["runId"]?.string ?? "-"):\(data["approvals"]?.text ?? "-")"
      case "agent-response-error": return "\(conversation) error:\(data["error"]?.string ?? "-")"
      default:
        return
          "\(conversation) complete:\(data["response"]?.string ?? "-"):\(data["messageId"]?.string ?? "null")"
      }
    }
  }

  @Test func `an answer is its chunks and its completion`() throws {
    #expect(
      try Self.shown([Self.delta("r", "Hel"), Self.delta("r", "lo"), Self.completed("r", "Hello")])
        == ["c-r chunk:Hel", "c-r chunk:lo", "c-r complete:Hello:m-r"])
  }

  private static func asked(_ run: String, _ text: String) -> Event {
    event(run, .messageCompleted(MessageCompleted(messageType: .action, text: text, finish: "tool_calls")))
  }

  @Test func `tools keep the bubble open, and what comes behind them is a paragraph of its own`() throws {
    let events = [
      Self.delta("r", "Let me look."), Self.asked("r", "Let me look."),
      Self.event("r", .messageCreated(MessageCreated(role: .tool, messageType: .action, text: ""))),
      Self.delta("r", "It is "), Self.delta("r", "7."), Self.completed("r", "It is 7."),
      Self.event("r", .run(.completed, usage: nil, error: nil)),
    ]
    #expect(
      try Self.shown(events) == [
        "c-r chunk:Let me look.", "c-r chunk:\n\nIt is ", "c-r chunk:7.", "c-r complete:It is 7.:m-r",
      ])
  }

  @Test func `a run that waits for approval gives the bubble free and says what it waits for`() throws {
    let waiting = Self.event("r", .other(.runWaiting, ["status": "waiting", "approvals": [["call": 1]]]))
    let events = [
      Self.delta("r", "May I?"), Self.asked("r", "May I?"), waiting, Self.delta("s", "other"),
      Self.completed("s", "other"),
      Self.delta("r", "Thanks."), Self.completed("r", "Thanks."),
    ]
    #expect(
      try Self.shown(events) == [
        "c-r chunk:May I?", "c-r complete:May I?:m-r", #"c-r approve:r:[{"call":1}]"#, "c-s chunk:other",
        "c-s complete:other:m-s", "c-r chunk:Thanks.", "c-r complete:Thanks.:m-r",
      ])
  }

  @Test func `a run that is stopped among its tools closes its bubble`() throws {
    let events = [
      Self.delta("r", "Let me look."), Self.asked("r", "Let me look."),
      Self.event("r", .run(.stopped, usage: nil, error: nil)), Self.delta("s", "next"),
    ]
    #expect(
      try Self.shown(events) == [
        "c-r chunk:Let me look.", "c-r complete:Let me look.:m-r", "c-s chunk:next",
      ])
    #expect(try Self.shown([Self.event("q", .run(.stopped, usage: nil, error: nil))]) == [])
  }

  @Test func `two answers of one agent never share a bubble`() throws {
    let events = [
      Self.delta("r1", "a"), Self.delta("r2", "x"), Self.delta("r1", "b"), Self.completed("r2", "xy"),
      Self.completed("r1", "ab"), Self.delta("r3", "z"),
    ]
    #expect(
      try Self.shown(events) == [
        "c-r1 chunk:a", "c-r1 chunk:b", "c-r1 complete:ab:m-r1", "c-r2 chunk:x", "c-r2 complete:xy:m-r2",
        "c-r3 chunk:z",
      ])
  }

  @Test func `a failed answer is told and its bubble closed`() throws {
    let events = [Self.delta("r", "half"), Self.completed("r", "half", finish: "failed"), Self.failed("r")]
    #expect(try Self.shown(events) == ["c-r chunk:half", "c-r error:It broke.", "c-r complete:half:null"])
  }

  @Test func `an answer that failed before its first chunk opens no bubble`() throws {
    #expect(
      try Self.shown([Self.failed("r"), Self.delta("r2", "x")]) == ["c-r error:It broke.", "c-r2 chunk:x"])
  }

  @Test(arguments: ["stopped", "interrupted", "length"])
  func `a cut answer is completed with what there is`(finish: String) throws {
    #expect(
      try Self.shown([Self.delta("r", "ab"), Self.completed("r", "ab", finish: finish)])
        == ["c-r chunk:ab", "c-r complete:ab:m-r"])
  }

  @Test func `a deleted conversation closes its bubble and lets the next answer in`() throws {
    let deletion = Event(
      conversation: Identifier("c-r1"), at: Timestamp(milliseconds: 0),
      body: .other(.conversationDeleted, [:]))
    let events = [Self.delta("r1", "a"), Self.delta("r2", "x"), deletion, Self.completed("r2", "xy")]
    #expect(
      try Self.shown(events) == [
        "c-r1 chunk:a", "c-r1 error:The conversation was deleted.", "c-r1 complete::null", "c-r2 chunk:x",
        "c-r2 complete:xy:m-r2",
      ])
  }

  @Test func `a deleted conversation takes along what was held back`() throws {
    let deletion = Event(
      conversation: Identifier("c-r2"), at: Timestamp(milliseconds: 0),
      body: .other(.conversationDeleted, [:]))
    let events = [Self.delta("r1", "a"), Self.delta("r2", "x"), deletion, Self.completed("r1", "a")]
    #expect(try Self.shown(events) == ["c-r1 chunk:a", "c-r1 complete:a:m-r1"])
  }

  @Test func `reasoning, questions and other events are not shown`() throws {
    let events = [
      Self.delta("r", "hm", .thought),
      Self.event("r", .messageCreated(MessageCreated(role: .user, text: "hi"))),
      Self.event("r", .run(.running, usage: nil, error: nil)),
      Event(at: Timestamp(milliseconds: 0), body: .other(.agentCreated, [:])),
    ]
    #expect(try Self.shown(events).isEmpty)
  }
}
