import Basics
import Model
import Testing

@testable import API

private typealias Reading = SurfaceReading

struct FieldServiceDialectTests {
  private static func stream(_ events: [JSON], _ ending: RunEnding) -> [SurfaceEvent] {
    Reading.stream(FieldServiceDialect(conversation: "conv-81"), events, ending)
  }

  private static func route(_ label: String) -> [JSON] {
    [
      Reading.began("classify"), Reading.aside("classify", label), Reading.decided("classify", label),
      Reading.done("classify", ["text": .string(label), "label": .string(label)]),
      Reading.began("\(label.lowercased())_agent"),
    ]
  }

  @Test func `S004-10 S004-11 S004-12 S004-13 S004-18 the stream is byte by byte the contract's`() {
    let events =
      Self.route("SQL") + [
        Reading.aside("sql_agent", "Counting."),
        Reading.answer("There are 10.", step: "sql_agent"),
      ]
    let expected: [String] = [
      #"{"event":"tool_start","tool":"sql_agent"}"#, #"{"event":"route_decision","route":"sql"}"#,
      #"{"event":"token","channel":"sql_agent","content":"Counting."}"#,
      #"{"event":"token","channel":"final","content":"There are 10."}"#,
      #"{"event":"complete","stats":{"tokens":2,"conversation_id":"conv-81"}}"#,
    ]
    #expect(Reading.lines(Self.stream(events, Reading.completed("There are 10."))) == expected)
  }

  @Test(arguments: ["SQL", "RAG"])
  func `S004-15 S004-16 what classifies never leaks, nothing is null, and no event speaks to eyes`(
    label: String
  ) {
    let text = Reading.text(Self.stream(Self.route(label), Reading.completed("Yes.")))
    #expect(!text.contains("null") && !text.contains("\"\(label)\"") && !text.contains("classify"))
    #expect(text.contains(#""route":"\#(label.lowercased())""#))
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
  }

  @Test func `the answer appears even when the agent failed softly`() throws {
    let events = Self.route("RAG") + [Reading.broken("rag_agent", "Boom.")]
    let stream = Self.stream(events, Reading.completed("")).compactMap { try? JSON.parse($0.data) }
    let final = stream.filter { $0["channel"] == "final" }
    #expect(final.count == 1 && final[0]["content"]?.string?.contains("went wrong") == true)
    #expect(stream.last?["stats"]?["tokens"] == 1)
    let silent = Self.stream(Self.route("RAG"), Reading.completed(" ")).compactMap {
      try? JSON.parse($0.data)
    }
    #expect(silent.compactMap { $0["content"]?.string } == ["I could not find an answer to your question."])
  }

  @Test func `S004-14 half an answer is an error, though the pipeline goes on without the agent`() throws {
    let events =
      Self.route("SQL") + [
        Reading.answer("There are", step: "sql_agent"), Reading.broken("sql_agent", "It broke off."),
      ]
    let stream = Self.stream(events, Reading.completed("There are")).compactMap { try? JSON.parse($0.data) }
    #expect(stream.last?["event"] == "error" && stream.last?["error"]?.string?.isEmpty == false)
    #expect(!stream.contains { $0["event"] == "complete" })
    let tried = [Reading.broken("sql_agent", "Once.", isTriedAgain: true)]
    let again = Self.stream(Self.route("SQL") + tried, Reading.completed("Ten.")).map(\.data)
    #expect(again.compactMap { try? JSON.parse($0) }.last?["event"] == "complete")
  }

  @Test func `S004-14 a failure is the last event`() {
    let stream = Self.stream([], Reading.failed("provider_unreachable", "The model cannot be reached."))
    #expect(Reading.lines(stream) == [#"{"event":"error","error":"The model cannot be reached."}"#])
    let advised = RunEnding(
      status: .failed, text: "",
      failure: RunFailure(
        code: "provider_key_missing", message: "OpenAI API key is required", hint: "Set it."),
      seconds: 0.1)
    #expect(Reading.text(Self.stream([], advised)).contains(#""OpenAI API key is required. Set it.""#))
  }

  @Test func `S004-32 S004-40 the pages' stream maps every event of a recorded one`() {
    let events =
      Self.route("SQL") + [Reading.aside("sql_agent", "Counting."), Reading.answer("10.", step: "sql_agent")]
    let relay = FieldServiceRelay(conversation: "conv-81")
    let expected: [String] = [
      #"{"token":"Querying database","type":"tool_call"}"#, #"{"token":"Counting.","type":"reasoning"}"#,
      #"{"token":"10.","type":"final_answer"}"#,
      #"{"done":true,"metadata":{"tokens":2,"conversation_id":"conv-81"}}"#,
    ]
    #expect(Reading.lines(Reading.stream(relay, events, Reading.completed("10."))) == expected)
    let failed = Reading.stream(relay, [], Reading.failed("x", "Gone."))
    #expect(Reading.lines(failed) == [#"{"token":"Gone.","type":"error"}"#])
  }
}
