import Basics
import EventEngine
import TestKit
import Testing
import Wire

@testable import WebServer

struct InboundMachineTests {
  private static let second: UInt64 = 1_000_000_000

  private static let limits: InboundLimits = {
    var limits = InboundLimits()
    limits.messages = Rate(10, burst: 20)
    limits.bytes = Rate(1000, burst: 2000)
    limits.pings = Rate(1, burst: 2)
    limits.patience = 3
    return limits
  }()

  @Test func `messages beyond the burst are refused, then the peer is ended`() {
    var machine = InboundMachine()
    for _ in 0..<20 { #expect(machine.message(1, Self.limits, at: 0) == .take) }
    for _ in 0..<3 { #expect(machine.message(1, Self.limits, at: 0) == .refuse(Self.second / 10)) }
    #expect(machine.message(1, Self.limits, at: 0) == .end)
  }

  @Test func `bytes count as well, and a peer that paused begins anew`() {
    var machine = InboundMachine()
    #expect(machine.message(1500, Self.limits, at: 0) == .take)
    for _ in 0..<3 { #expect(machine.message(1500, Self.limits, at: 0) == .refuse(Self.second)) }
    let later = 3 * Self.second
    #expect(machine.message(1500, Self.limits, at: later) == .take)
    for _ in 0..<3 { #expect(machine.message(1500, Self.limits, at: later) == .refuse(Self.second)) }
    #expect(machine.message(1500, Self.limits, at: later) == .end)
  }

  @Test func `a message that waits as long as it was told is taken`() {
    var machine = InboundMachine()
    var now: UInt64 = 0
    var refusals = 0
    for _ in 0..<100 {
      switch machine.message(10, Self.limits, at: now) {
      case .take: break
      case .refuse(let wait):
        refusals += 1
        now += wait
        #expect(machine.message(10, Self.limits, at: now) == .take)
      case .end: return #expect(refusals == 3)
      }
    }
  }

  @Test func `pings have a rate of their own`() {
    var machine = InboundMachine()
    for expected in [true, true, false, false] { #expect(machine.ping(Self.limits, at: 0) == expected) }
    #expect(machine.message(1, Self.limits, at: 0) == .take)
    #expect(machine.ping(Self.limits, at: Self.second) == true)
  }
}

struct WebSocketInboundTests {
  private func site() throws -> TestSite {
    var configuration = ServerConfiguration()
    configuration.inbound.messages = Rate(1, perNanoseconds: 3_600_000_000_000, burst: 5)
    configuration.inbound.pings = Rate(1, perNanoseconds: 3_600_000_000_000, burst: 3)
    configuration.inbound.patience = 4
    configuration.fragmentLimit = 3
    return try TestSite(configuration: configuration)
  }

  @Test func `A peer that floods is heard so far and closed with 1008`() throws {
    let site = try site()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    for number in 0..<20 { try client.send(WebSocketFrame.text("\(number)", mask: 7)) }
    for number in 0..<5 { #expect(try client.receiveFrame().text == "\(number)") }
    #expect(try client.receiveFrame().closeCode == 1008)
  }

  @Test(arguments: [WebSocketOpcode.ping, .pong])
  func `A peer that pings without end is closed with 1008`(opcode: WebSocketOpcode) throws {
    let site = try site()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    for _ in 0..<10 { try client.send(WebSocketFrame.encode(opcode, [1], mask: 7)) }
    if opcode == .ping { for _ in 0..<3 { #expect(try client.receiveFrame().first == 0x8A) } }
    #expect(try client.receiveFrame().closeCode == 1008)
  }

  @Test func `A message of too many frames is closed with 1009`() throws {
    let site = try site()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    try client.send(WebSocketFrame.encode(.text, [65], isFinal: false, mask: 7))
    for _ in 0..<3 { try client.send(WebSocketFrame.encode(.continuation, [65], isFinal: false, mask: 7)) }
    #expect(try client.receiveFrame().closeCode == 1009)
  }
}
