import Basics
import Model
import Testing
import Wire

@testable import API

private typealias Reading = SurfaceReading

struct CustomerDialectTests {
  private static let session = "7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b"

  private static func stream(_ events: [JSON], _ ending: RunEnding) -> [SurfaceEvent] {
    Reading.stream(CustomerDialect(session: session), events, ending)
  }

  @Test func `S002-07 S002-09 S002-10 S002-11 the stream is byte by byte the contract's`() {
    let events = [
      Reading.began("supervisor"), Reading.aside("supervisor", "billing"),
      Reading.decided("supervisor", "billing"), Reading.answer("Plans begin", step: "billing"),
      Reading.answer(" at a low price.", step: "billing"),
    ]
    let stream = Self.stream(events, Reading.completed("Plans begin at a low price."))
    let expected: [String] = [
      #"{"type":"start","session_id":"\#(Self.session)"}"#,
      #"{"type":"token","content":"Plans begin","session_id":"\#(Self.session)"}"#,
      #"{"type":"token","content":" at a low price.","session_id":"\#(Self.session)"}"#,
      #"{"type":"done","session_id":"\#(Self.session)","tokens":2,"time":0.84}"#,
    ]
    #expect(Reading.lines(stream) == expected)
  }

  @Test(arguments: ["", "Half", "Half of it.", "Ünïcödé 👩‍👩‍👧‍👦"])
  func `S002-10 what did not come in pieces comes at the end, so that nothing is missing`(told: String) {
    let whole = told + " And the rest 👍🏽."
    let events = told.isEmpty ? [] : [Reading.answer(told)]
    let stream = Self.stream(events, Reading.completed(whole)).compactMap { try? JSON.parse($0.data) }
    #expect(stream.compactMap { $0["content"]?.string }.joined() == whole)
    #expect(stream.last?["tokens"] == .integer(Int64(stream.count - 2)))
  }

  @Test func `an answer that is empty is a sentence all the same`() {
    let stream = Self.stream([], Reading.completed("  ")).compactMap { try? JSON.parse($0.data) }
    let text = stream.compactMap { $0["content"]?.string }.joined()
    #expect(text.contains("sorry"))
  }

  @Test func `newlines and quotes stay inside one line`() {
    let stream = Self.stream([Reading.answer("a\n\"b\"\r\n\u{2028}c")], Reading.completed(""))
    for event in stream { #expect(!event.data.contains(UInt8(ascii: "\n"))) }
    #expect(Reading.text(stream).contains(#""content":"a\n\"b\"\r\n"#))
    // Clients in Python split lines at these, too.
    let strange = Self.stream([Reading.answer("\u{2028}\u{2029}\u{85}\u{2027}é")], Reading.completed(""))
    #expect(Reading.text(strange).contains(#""content":"\u2028\u2029\u0085\#u{2027}é""#))
  }

  @Test func `words before a call of a tool are a paragraph of their own`() {
    let events = [Reading.answer("Let me look.", message: "m1"), Reading.answer("It is 29.", message: "m2")]
    let stream = Self.stream(events, Reading.completed("It is 29.")).compactMap { try? JSON.parse($0.data) }
    #expect(stream.compactMap { $0["content"]?.string } == ["Let me look.", "\n\nIt is 29."])
  }

  @Test(
    arguments: [
      ("provider_key_missing", 500, "Service configuration error"),
      ("provider_unauthorized", 500, "Service configuration error"),
      ("provider_rate_limited", 429, "Service temporarily unavailable"),
      ("provider_unreachable", 503, "Service temporarily unavailable"),
      ("provider_timeout", 504, "Request timeout"), ("provider_malformed", 500, "AI service error"),
      ("disk_full", 500, "Failed to process the message"),
    ] as [(String, Int, String)])
  func `S002-12 S002-18 a failure is an error without done, and with a status of its own elsewhere`(
    code: String, status: Int, error: String
  ) throws {
    let ending = Reading.failed(code, "Internals: /var/lib/secret")
    let stream = Self.stream([Reading.answer("Half")], ending)
    let last = try JSON.parse(try #require(stream.last).data)
    #expect(last["type"] == "error" && last["error"] == .string(error))
    #expect(last["session_id"] == .string(Self.session))
    #expect(!Reading.text(stream).contains("Internals") && !Reading.text(stream).contains("\"done\""))
    let fault = try #require(CustomerFault(ending))
    #expect(fault.status == HTTPStatus(status))
    #expect(fault.json(session: "s").object?.names == ["error", "detail", "session_id"])
  }

  @Test(
    arguments: [
      ("provider_rate_limited", 429), ("provider_quota", 429), ("provider_overloaded", 503),
      ("provider_unauthorized", 500), ("provider_billing", 500), (nil, 500),
    ] as [(String?, Int)])
  func `S002-18 keys that all rest are told by why they do`(cause: String?, status: Int) throws {
    let failure = RunFailure(code: "provider_keys_exhausted", message: "All rest.", cause: cause)
    let ending = RunEnding(status: .failed, text: "", failure: failure, seconds: 0.1)
    #expect(CustomerFault(ending)?.status == HTTPStatus(status))
  }

  @Test func `the detail of a configuration error names it as one`() throws {
    let fault = CustomerFault(code: "provider_key_missing")
    #expect(fault.detail.lowercased().contains("error"))
  }
}
