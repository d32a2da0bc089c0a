import Basics
import Model
import Pipelines
import Providers
import TestKit
import Testing

struct RunMachineTests {
  static var everyChunk: DeltaRollUp.Limits {
    var limits = DeltaRollUp.Limits()
    limits.window = 0
    return limits
  }

  static func running() -> RunMachine {
    var machine = RunMachine(rollUp: everyChunk)
    _ = machine.begun()
    return machine
  }

  @Test func `a run completes with the text, usage and reason of the provider`() {
    var machine = Self.running()
    let deltas = machine.received([.text("Hel"), .keepAlive, .text("lo")], now: 0)
    #expect(deltas.map(\.text) == ["Hel", "lo"])
    _ = machine.received(
      [.usage(Usage(inputTokens: 3, outputTokens: 2)), .finish(.length, raw: nil)], now: 1)
    let end = machine.providerEnded()
    #expect(end?.status == .completed)
    #expect(end?.text == "Hello")
    #expect(end?.finish == "length")
    #expect(end?.usage == Usage(inputTokens: 3, outputTokens: 2))
    #expect(machine.status == .completed)
  }

  @Test func `a failure keeps the partial text and its reason`() {
    var machine = Self.running()
    _ = machine.received([.text("par"), .reasoning("hm")], now: 0)
    let failure = RunFailure(code: "timeout_idle", message: "silence")
    let end = machine.providerFailed(failure)
    #expect(end?.status == .failed && end?.text == "par" && end?.thought == "hm" && end?.error == failure)
  }

  @Test func `a run that was stopped while it waited never begins`() {
    var machine = RunMachine()
    let end = machine.stopped()
    #expect(end?.status == .stopped)
    let began = machine.begun()
    #expect(!began)
  }

  @Test func `what is gathered comes with the end`() {
    var machine = RunMachine()
    _ = machine.begun()
    let deltas = machine.received([.text("a"), .text("b")], now: 0)
    #expect(deltas.map(\.text) == ["a"])
    #expect(machine.deadline == 20_000_000)
    let end = machine.stopped()
    #expect(end?.deltas.map(\.text) == ["b"])
    #expect(end?.text == "ab")
    #expect(machine.deadline == nil)
  }

  @Test func `a model that does not stop is cut at the bound, between characters`() {
    var machine = Self.running()
    var deltas: [MessageDelta] = []
    let piece = String(repeating: "é", count: 40_001)
    while !machine.isFull { deltas += machine.received([.text(piece)], now: 0) }
    let more = machine.received([.text("more")], now: 0)
    #expect(more.isEmpty)
    let end = machine.providerEnded()
    #expect(end?.finish == "length")
    #expect(end?.text.utf8.count == RunMachine.maximumText)
    #expect(deltas.map(\.text).joined() == end?.text)
  }

  @Test func `calls and what must go back are kept with the text, and the end shows the calls only`() {
    var machine = Self.running()
    machine.asked(provider: "p", model: "m")
    _ = machine.received(
      [
        .reasoning("hm"), .replay(name: "signature", json: "s", of: .reasoning), .text("Let me look."),
        .toolCallStart(index: 0, id: "c", name: "f", isSynthetic: false),
        .toolCallEnd(index: 0, arguments: "{}", isValid: true), .finish(.toolCalls, raw: nil),
      ], now: 0)
    let end = machine.providerEnded()
    let call = MessagePart(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")))
    #expect(end?.text == "Let me look." && end?.thought == "hm" && end?.finish == "tool_calls")
    #expect(
      end?.keptParts == [
        MessagePart(
          .reasoning("hm"), replay: ReplayState(provider: "p", model: "m", data: ["signature": "s"])),
        .text("Let me look."), call,
      ])
    #expect(end?.shownParts == [call])
  }

  @Test func `plain text and plain reasoning need no parts`() {
    var machine = Self.running()
    _ = machine.received([.reasoning("hm"), .text("a")], now: 0)
    let end = machine.providerEnded()
    #expect(end?.keptParts == nil && end?.shownParts == nil && end?.text == "a")
  }

  @Test func `a refusal is kept as one`() {
    var machine = Self.running()
    _ = machine.received([.refusal("I will not.")], now: 0)
    let end = machine.providerEnded()
    #expect(end?.keptParts == [MessagePart(.refusal("I will not."))] && end?.text == "I will not.")
  }

  @Test func `arguments count for the bound, and a call that is too large is left unfinished`() {
    var machine = Self.running()
    let arguments = String(repeating: "x", count: RunMachine.maximumText)
    _ = machine.received(
      [
        .text("a"), .toolCallStart(index: 0, id: "c", name: "f", isSynthetic: false),
        .toolCallEnd(index: 0, arguments: arguments, isValid: true), .text("b"),
      ], now: 0)
    #expect(machine.isFull)
    let end = machine.providerEnded()
    #expect(end?.finish == "length" && end?.text == "a")
    #expect(end?.parts.toolCalls.map(\.isValid) == [false])
  }

  /// Any facts in any order: one end at most, nothing after it, and the deltas always add up to the text of the end.
  @Test(arguments: 0..<200)
  func `random walks end once and lose nothing`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var machine = RunMachine()
    var shown = ""
    var end: RunEnd?
    var now: UInt64 = 0
    for _ in 0..<60 {
      now += UInt64.random(in: 0...15_000_000, using: &random)
      var deltas: [MessageDelta] = []
      var next: RunEnd?
      switch Int.random(in: 0..<20, using: &random) {
      case 0...3: _ = machine.begun()
      case 4...13:
        deltas = machine.received([.text("w\(now) "), .reasoning("r")], now: now)
      case 14...16: deltas = machine.deadlinePassed(now: now)
      case 17: next = machine.providerEnded()
      case 18:
        // The store refuses what is due, which ends the run.
        machine.notStored(machine.received([.text("lost "), .reasoning("r")], now: now))
        next = machine.providerFailed(RunFailure(code: "x", message: "y"))
      default: next = Bool.random(using: &random) ? machine.stopped() : machine.interrupted()
      }
      if end != nil { #expect(deltas.isEmpty && next == nil && machine.status == end?.status) }
      shown += deltas.filter { $0.channel == .final }.map(\.text).joined()
      if let next {
        shown += next.deltas.filter { $0.channel == .final }.map(\.text).joined()
        end = next
      }
    }
    if let end { #expect(shown == end.text && end.status.isFinal) }
  }
}

/// Rounds of one run, between which tools are called.
struct RunRoundTests {
  private static func asked() -> RunMachine {
    var machine = RunMachineTests.running()
    machine.asked(provider: "p", model: "m")
    _ = machine.received(
      [
        .text("Let me look."), .toolCallStart(index: 0, id: "c", name: "f", isSynthetic: false),
        .toolCallEnd(index: 0, arguments: "{}", isValid: true), .finish(.toolCalls, raw: nil),
      ], now: 0)
    return machine
  }

  @Test func `a round ends with its calls, and the next one begins anew`() {
    var machine = Self.asked()
    #expect(machine.toolCalls == [ToolCall(id: "c", name: "f", arguments: "{}")])
    let round = machine.roundEnded(.waiting)
    #expect(round?.status == .waiting && round?.text == "Let me look." && round?.finish == "tool_calls")
    #expect(machine.status == .running)
    machine.roundBegan()
    #expect(machine.toolCalls.isEmpty && machine.status == .running)
    let deltas = machine.received([.text("Done.")], now: 1)
    #expect(deltas == [MessageDelta(channel: .final, position: 0, text: "Done.")])
    #expect(machine.providerEnded()?.text == "Done.")
    #expect(machine.roundEnded(.running) == nil)
  }

  @Test func `a round that could not be stored loses nothing when the run ends`() {
    var machine = RunMachine()
    _ = machine.begun()
    var shown = machine.received([.text("a"), .text("b")], now: 0)
    #expect(machine.roundEnded(.running)?.deltas.map(\.text) == ["b"])
    #expect(machine.roundEnded(.running)?.deltas.map(\.text) == ["b"])
    let end = machine.stopped()
    shown += end?.deltas ?? []
    #expect(shown.map(\.text).joined() == "ab" && end?.text == "ab")
  }

  @Test func `an answer that was cut asks for nothing`() {
    var machine = Self.asked()
    _ = machine.received([.text(String(repeating: "x", count: RunMachine.maximumText))], now: 0)
    #expect(machine.isFull && machine.toolCalls.isEmpty)
  }
}
