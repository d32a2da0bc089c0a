import TestKit
import Testing
import Wire

struct WebSocketConnectionMachineTests {
  static let mask: UInt32 = 0x1234_5678

  private static func frame(
    _ opcode: WebSocketOpcode, _ payload: String, isFinal: Bool = true, mask: UInt32? = mask
  ) -> [UInt8] {
    WebSocketFrame.encode(opcode, Array(payload.utf8), isFinal: isFinal, mask: mask)
  }

  /// Names of the actions that the pieces bring: `text a`, `pong a` (to send), `got a` (a pong), `close 1000 a`.
  static func names(_ pieces: [[UInt8]], _ machine: inout WebSocketConnectionMachine) -> [String] {
    var names: [String] = []
    for piece in pieces {
      var position = 0
      while let action = machine.received(piece.span, from: &position) { names.append(name(action)) }
      #expect(position == piece.count)
    }
    return names
  }

  static func name(_ action: WebSocketAction) -> String {
    switch action {
    case .text(let bytes): "text \(String(decoding: bytes, as: UTF8.self))"
    case .binary(let bytes): "binary \(String(decoding: bytes, as: UTF8.self))"
    case .compressed(let kind, let bytes): "compressed \(kind) \(String(decoding: bytes, as: UTF8.self))"
    case .sendPong(let frame): "pong \(String(decoding: frame.dropFirst(2), as: UTF8.self))"
    case .pong(let bytes): "got \(String(decoding: bytes, as: UTF8.self))"
    case .close(let ending):
      "close \(ending.code)\(ending.fault == nil ? "" : " fault")\(ending.frame == nil ? "" : " +frame")"
    }
  }

  static let conversations: [(String, [[UInt8]], [String])] = [
    ("one message", [frame(.text, "a")], ["text a"]),
    ("empty messages", [frame(.text, ""), frame(.binary, "")], ["text ", "binary "]),
    (
      "fragments with a ping between",
      [
        frame(.text, "a", isFinal: false), frame(.ping, "p"), frame(.continuation, "", isFinal: false),
        frame(.continuation, "b"),
      ],
      ["pong p", "text ab"]
    ),
    (
      "a character over two fragments",
      [
        WebSocketFrame.encode(.text, [0xC3], isFinal: false, mask: mask),
        WebSocketFrame.encode(.continuation, [0xA9], mask: mask),
      ], ["text é"]
    ),
    ("ten pings", (0..<10).map { frame(.ping, "\($0)") }, (0..<10).map { "pong \($0)" }),
    ("pong unasked", [frame(.pong, "x"), frame(.text, "a")], ["got x", "text a"]),
    ("close", [WebSocketFrame.close(1000, reason: "bye", mask: mask)], ["close 1000 +frame"]),
    ("close without code", [WebSocketFrame.close(nil, mask: mask)], ["close 1005 +frame"]),
    (
      "nothing counts after close", [WebSocketFrame.close(4001, mask: mask), frame(.text, "a")],
      ["close 4001 +frame"]
    ),
    ("half a code", [frame(.close, "x")], ["close 1002 fault +frame"]),
    ("bad code", [WebSocketFrame.encode(.close, [0x03, 0xED], mask: mask)], ["close 1002 fault +frame"]),
    (
      "bad reason", [WebSocketFrame.encode(.close, [0x03, 0xE8, 0xFF], mask: mask)],
      ["close 1007 fault +frame"]
    ),
    (
      "half a reason", [WebSocketFrame.encode(.close, [0x03, 0xE8, 0xC3], mask: mask)],
      ["close 1007 fault +frame"]
    ),
    ("nothing to continue", [frame(.continuation, "a")], ["close 1002 fault +frame"]),
    (
      "continued after the end", [frame(.text, "a"), frame(.continuation, "b")],
      ["text a", "close 1002 fault +frame"]
    ),
    ("interrupted", [frame(.text, "a", isFinal: false), frame(.text, "b")], ["close 1002 fault +frame"]),
    ("unmasked", [frame(.text, "a", mask: nil)], ["close 1002 fault +frame"]),
    ("half a character", [WebSocketFrame.encode(.text, [0xC3], mask: mask)], ["close 1007 fault +frame"]),
    ("binary need not be text", [WebSocketFrame.encode(.binary, [0x41], mask: mask)], ["binary A"]),
  ]

  @Test(arguments: conversations)
  func `a conversation has its outcome in every split`(name: String, frames: [[UInt8]], expected: [String]) {
    for pieces in everySplit(of: frames.flatMap { $0 }) {
      var machine = WebSocketConnectionMachine()
      #expect(Self.names(pieces, &machine) == expected, "\(name)")
    }
  }

  @Test func `invalid text fails before its frame is whole`() {
    var machine = WebSocketConnectionMachine()
    let frame = WebSocketFrame.encode(.text, [0x61, 0xFF] + [UInt8](repeating: 0x61, count: 100), mask: 0)
    #expect(Self.names([Array(frame[..<8])], &machine) == ["close 1007 fault +frame"])
  }

  @Test func `a message may be as large as the limit and no larger`() {
    let limits = WebSocketLimits(message: 10, fragments: 3)
    for (sizes, expected) in [
      ([10], ["binary"]), ([11], ["close 1009"]), ([5, 5], ["binary"]), ([5, 6], ["close 1009"]),
      ([3, 3, 4], ["binary"]),
      ([0, 0, 0, 0], ["close 1009"]),
    ] {
      var machine = WebSocketConnectionMachine(limits: limits)
      let frames = sizes.enumerated().map { index, size in
        WebSocketFrame.encode(
          index == 0 ? .binary : .continuation, [UInt8](repeating: 0x61, count: size),
          isFinal: index == sizes.count - 1,
          mask: 0)
      }
      let names = Self.names([frames.flatMap { $0 }], &machine)
      #expect(names.map { String($0.prefix(expected[0].count)) } == expected, "\(sizes)")
    }
  }

  @Test func `an announced length that is too large fails with the header`() {
    var machine = WebSocketConnectionMachine()
    #expect(
      Self.names([[0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]], &machine)
        == ["close 1009 fault +frame"])
  }

  @Test func `our close is sent once and the echo ends the connection`() {
    var machine = WebSocketConnectionMachine()
    #expect(machine.isOpen)
    #expect(machine.close(4000, reason: "draining") == WebSocketFrame.close(4000, reason: "draining"))
    #expect(!machine.isOpen)
    #expect(machine.close(1000) == nil)
    let late = Self.frame(.text, "late") + Self.frame(.ping, "p") + WebSocketFrame.close(4000, mask: 1)
    #expect(Self.names([late], &machine) == ["close 4000"])
    #expect(machine.peerFinished() == nil)
  }

  @Test func `a peer that vanishes is told apart from one that closes`() {
    var machine = WebSocketConnectionMachine()
    #expect(machine.peerFinished().map(Self.name) == "close 1006")
    #expect(machine.peerFinished() == nil)
    #expect(machine.close(1000) == nil)
  }

  @Test func `the echo carries the code and the reason is told`() {
    var machine = WebSocketConnectionMachine()
    var position = 0
    let bytes = WebSocketFrame.close(4002, reason: "too slow", mask: 9)
    guard case .close(let ending) = machine.received(bytes.span, from: &position) else {
      return #expect(Bool(false), "no ending")
    }
    #expect(ending.frame == WebSocketFrame.close(4002))
    #expect(ending.reason == "too slow")
  }

  @Test func `an idle connection is small`() {
    #expect(MemoryLayout<WebSocketConnectionMachine>.size < 200)
  }
}
