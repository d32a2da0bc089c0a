import TestKit
import Testing
import Wire

/// Compressed messages, as the machine hands them out; their payloads are opaque to it.
struct CompressedMessageTests {
  private static let mask: UInt32 = 0x8F1E_2D3C

  private static func frame(
    _ opcode: WebSocketOpcode, _ payload: String, isFinal: Bool = true, rsv1: Bool = false
  ) -> [UInt8] {
    WebSocketFrame.encode(opcode, Array(payload.utf8), isFinal: isFinal, rsv1: rsv1, mask: mask)
  }

  static let conversations: [(String, [[UInt8]], [String])] = [
    ("one message", [frame(.text, "a", rsv1: true)], ["compressed text a"]),
    (
      "a compressed one between plain ones",
      [frame(.text, "a"), frame(.binary, "b", rsv1: true), frame(.text, "c")],
      ["text a", "compressed binary b", "text c"]
    ),
    ("empty", [frame(.text, "", rsv1: true)], ["compressed text "]),
    (
      "fragments with control frames between",
      [
        frame(.binary, "a", isFinal: false, rsv1: true), frame(.ping, "p"),
        frame(.continuation, "bc", isFinal: false), frame(.pong, "q"),
        frame(.continuation, "", isFinal: false), frame(.ping, "r"), frame(.continuation, "d"),
        frame(.text, "e"),
      ],
      ["pong p", "got q", "pong r", "compressed binary abcd", "text e"]
    ),
    (
      "text in a plain message behind a compressed one is checked as it comes",
      [frame(.text, "a", rsv1: true), WebSocketFrame.encode(.text, [0xFF], mask: mask)],
      ["compressed text a", "close 1007 fault +frame"]
    ),
    (
      "the bit on a continuation",
      [frame(.text, "a", isFinal: false, rsv1: true), frame(.continuation, "b", rsv1: true)],
      ["close 1002 fault +frame"]
    ),
    (
      "the bit on a plain message's continuation",
      [frame(.text, "a", isFinal: false), frame(.continuation, "b", rsv1: true)],
      ["close 1002 fault +frame"]
    ),
    ("the bit on a ping", [frame(.ping, "a", rsv1: true)], ["close 1002 fault +frame"]),
    ("the bit on a Close frame", [frame(.close, "", rsv1: true)], ["close 1002 fault +frame"]),
    ("another bit", [[0xE1, 0x80, 0, 0, 0, 0]], ["close 1002 fault +frame"]),
    (
      "interrupted", [frame(.text, "a", isFinal: false, rsv1: true), frame(.text, "b")],
      ["close 1002 fault +frame"]
    ),
    (
      "closed within",
      [frame(.text, "a", isFinal: false, rsv1: true), WebSocketFrame.close(1000, mask: mask)],
      ["close 1000 +frame"]
    ),
  ]

  @Test(arguments: conversations)
  func `a conversation has its outcome in every split`(name: String, frames: [[UInt8]], expected: [String]) {
    for pieces in everySplit(of: frames.flatMap { $0 }) {
      var machine = WebSocketConnectionMachine(inflates: true)
      #expect(WebSocketConnectionMachineTests.names(pieces, &machine) == expected, "\(name)")
    }
  }

  @Test func `the bit is an error where nothing was agreed on`() {
    for pieces in everySplit(of: Self.frame(.text, "a", rsv1: true)) {
      var machine = WebSocketConnectionMachine()
      let names = pieces.reduce(into: [String]()) { names, piece in
        var position = 0
        while let action = machine.received(piece.span, from: &position) {
          names.append(WebSocketConnectionMachineTests.name(action))
        }
      }
      #expect(names == ["close 1002 fault +frame"])
    }
  }

  @Test func `a compressed payload is bounded, with room for what cannot be compressed`() {
    let limits = WebSocketLimits(message: 1000, fragments: 8)
    #expect(limits.compressedMessage == 1156)
    for (sizes, expected) in [
      ([1156], ["compressed"]), ([1157], ["close 1009"]), ([578, 578], ["compressed"]),
      ([578, 579], ["close 1009"]),
    ] {
      var machine = WebSocketConnectionMachine(limits: limits, inflates: true)
      let frames = sizes.enumerated().map { index, size in
        WebSocketFrame.encode(
          index == 0 ? .binary : .continuation, [UInt8](repeating: 0x61, count: size),
          isFinal: index == sizes.count - 1, rsv1: index == 0, mask: 0)
      }
      let names = WebSocketConnectionMachineTests.names([frames.flatMap { $0 }], &machine)
      #expect(names.map { String($0.prefix(10)) } == expected, "\(sizes)")
    }
    // A plain message after a compressed one has its own limit again.
    var machine = WebSocketConnectionMachine(limits: limits, inflates: true)
    let large = [UInt8](repeating: 0x61, count: 1001)
    let bytes = Self.frame(.text, "a", rsv1: true) + WebSocketFrame.encode(.text, large, mask: 0)
    #expect(
      WebSocketConnectionMachineTests.names([bytes], &machine) == [
        "compressed text a", "close 1009 fault +frame",
      ])
  }

  @Test func `an inflated message is handed on, and text is checked`() {
    var machine = WebSocketConnectionMachine(inflates: true)
    #expect(machine.inflated(.success([0x61]), as: .text) == .text([0x61]))
    #expect(machine.inflated(.success([0xFF]), as: .binary) == .binary([0xFF]))
    #expect(machine.inflated(.success([]), as: .text) == .text([]))
    let faults: [(Result<[UInt8], WebSocketFault>, WebSocketCloseCode)] = [
      (.success([0xFF]), 1007), (.success([0xC3]), 1007), (.failure(.invalidCompression), 1007),
      (.failure(.messageTooBig), 1009),
    ]
    for (result, code) in faults {
      var machine = WebSocketConnectionMachine(inflates: true)
      guard case .close(let ending)? = machine.inflated(result, as: .text) else {
        Issue.record("\(result) was taken")
        continue
      }
      #expect(ending.code == code)
      #expect(ending.frame?.first == 0x88)
      #expect(machine.inflated(.success([]), as: .text) == nil, "it is over")
    }
    _ = machine.close(1000)
    #expect(
      machine.inflated(.success([0x61]), as: .text) == nil, "what comes after our Close frame is dropped")
  }
}
