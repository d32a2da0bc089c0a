import TestKit
import Testing
import Wire

struct WebSocketDeflateTests {
  /// What a client's field says, and what we make of it.
  enum Outcome: Equatable {
    /// Agreed on, with this window for what we send.
    case window(UInt8)
    case declined
    /// The handshake is refused.
    case malformed
  }

  private static let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

  static let offers: [(field: String, outcome: Outcome)] = [
    // What browsers and libraries send.
    ("permessage-deflate", .window(15)),
    ("permessage-deflate; client_max_window_bits", .window(15)),
    ("permessage-deflate; server_max_window_bits=12; client_max_window_bits=12", .window(12)),
    ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", .window(15)),
    ("permessage-deflate;server_max_window_bits=9;server_no_context_takeover", .window(9)),
    ("permessage-deflate; client_no_context_takeover; server_max_window_bits=15", .window(15)),
    ("x-webkit-deflate-frame, permessage-deflate", .window(15)),
    ("permessage-bzip2, permessage-deflate; server_max_window_bits=10", .window(10)),
    // Blanks and quotes.
    ("  permessage-deflate\t;\tclient_max_window_bits = 10  ", .window(15)),
    ("permessage-deflate; server_max_window_bits=\"10\"", .window(10)),
    ("permessage-deflate; server_max_window_bits=\"1\\0\"", .window(10)),
    ("permessage-deflate; client_max_window_bits=\"8\"", .window(15)),
    (", ,permessage-deflate,,", .window(15)),
    ("foo; bar=\"baz\", permessage-deflate", .window(15)),
    ("", .declined), (" , ", .declined),
    // In order: the first that can be kept.
    (
      "permessage-deflate; server_max_window_bits=9, permessage-deflate; server_max_window_bits=14",
      .window(9)
    ),
    ("permessage-deflate; server_max_window_bits=8, permessage-deflate", .window(15)),
    (
      "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=11",
      .window(11)
    ),
    ("permessage-deflate; unknown, permessage-deflate; client_max_window_bits", .window(15)),
    // A window that zlib cannot keep, or that is none.
    ("permessage-deflate; server_max_window_bits=8", .declined),
    ("permessage-deflate; server_max_window_bits=7", .declined),
    ("permessage-deflate; server_max_window_bits=16", .declined),
    ("permessage-deflate; server_max_window_bits=0", .declined),
    ("permessage-deflate; server_max_window_bits=010", .declined),
    ("permessage-deflate; server_max_window_bits=09", .declined),
    ("permessage-deflate; server_max_window_bits=+9", .declined),
    ("permessage-deflate; server_max_window_bits=-9", .declined),
    ("permessage-deflate; server_max_window_bits=9.5", .declined),
    ("permessage-deflate; server_max_window_bits=ten", .declined),
    ("permessage-deflate; server_max_window_bits=999999999999999999999999", .declined),
    ("permessage-deflate; server_max_window_bits=265", .declined),
    ("permessage-deflate; server_max_window_bits", .declined),
    ("permessage-deflate; client_max_window_bits=7", .declined),
    ("permessage-deflate; client_max_window_bits=16", .declined),
    ("permessage-deflate; client_max_window_bits=08", .declined),
    ("permessage-deflate; client_max_window_bits=", .malformed),
    // Values where none belongs, names twice, names that do not exist.
    ("permessage-deflate; server_no_context_takeover=1", .declined),
    ("permessage-deflate; client_no_context_takeover=\"true\"", .declined),
    ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", .declined),
    ("permessage-deflate; client_max_window_bits; client_max_window_bits=15", .declined),
    ("permessage-deflate; server_max_window_bits=15; server_max_window_bits=15", .declined),
    ("permessage-deflate; mem_level=9", .declined),
    ("permessage-deflate; Server_no_context_takeover", .declined),
    ("Permessage-Deflate", .declined), ("permessage-deflate-extended", .declined),
    ("permessage_deflate", .declined), ("deflate-frame", .declined),
    ("bar=permessage-deflate", .malformed),
    // Not the grammar: the handshake fails.
    ("permessage-deflate;", .malformed), (";", .malformed), ("=", .malformed),
    ("permessage-deflate; ; client_max_window_bits", .malformed),
    ("permessage-deflate client_max_window_bits", .malformed),
    ("permessage-deflate; server_max_window_bits=\"10", .malformed),
    ("permessage-deflate; server_max_window_bits=\"10\\", .malformed),
    ("permessage-deflate; server_max_window_bits=\"\"", .malformed),
    ("permessage-deflate; server_max_window_bits=\"1 0\"", .malformed),
    ("permessage-deflate; server_max_window_bits=\"10\"0", .malformed),
    ("permessage-deflate; server_max_window_bits=10=10", .malformed),
    ("permessage-deflate; \"client_max_window_bits\"", .malformed),
    ("\"permessage-deflate\"", .malformed), ("permessage-deflate, (comment)", .malformed),
    ("permessage-deflate; client_max_window_bits={}", .malformed), ("permessage/deflate", .malformed),
    ("permessage-deflate\u{E9}", .malformed), ("permessage-deflate, foo bar", .malformed),
  ]

  private static func handshake(_ lines: [String], deflates: Bool = true) throws -> WebSocketHandshake {
    let extensions = lines.map { "Sec-WebSocket-Extensions: \($0)\r\n" }.joined()
    let text =
      "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(extensions)\r\n"
    let request = try #require(RequestReading(text).heads.first)
    return try WebSocketHandshake(accepting: request, deflates: deflates)
  }

  @Test(arguments: offers)
  func `an offer has its outcome`(field: String, outcome: Outcome) throws {
    guard outcome != .malformed else {
      #expect(throws: WebSocketHandshakeError.malformed) { try Self.handshake([field]) }
      return
    }
    let handshake = try Self.handshake([field])
    let answer = handshake.response.fields.values(of: "Sec-WebSocket-Extensions")
    guard case .window(let bits) = outcome else {
      #expect(handshake.deflate == nil)
      #expect(answer.isEmpty)
      return
    }
    #expect(handshake.deflate?.windowBits == bits)
    // The window is named if the accepted offer asked for one (§7.1.2.1), and the client's is left to the client.
    #expect(answer == [Self.plain] || answer == [Self.plain + "; server_max_window_bits=\(bits)"])
    #expect(bits == 15 || answer[0].hasSuffix("=\(bits)"))
  }

  @Test func `a window is named only to a client that asked for one`() throws {
    for (field, answer) in [
      ("permessage-deflate; client_max_window_bits", Self.plain),
      ("permessage-deflate; server_max_window_bits=15", Self.plain + "; server_max_window_bits=15"),
      ("permessage-deflate; server_max_window_bits=8, permessage-deflate", Self.plain),
    ] {
      let handshake = try Self.handshake([field])
      #expect(handshake.response.fields["Sec-WebSocket-Extensions"] == answer)
    }
  }

  @Test func `several lines are one list`() throws {
    let lines = [
      "foo", "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=13",
    ]
    #expect(try Self.handshake(lines).deflate?.windowBits == 13)
    #expect(throws: WebSocketHandshakeError.malformed) { try Self.handshake(["permessage-deflate", "a b"]) }
  }

  @Test func `nothing is agreed on where deflating is off, and a malformed field is refused all the same`()
    throws
  {
    let handshake = try Self.handshake(["permessage-deflate"], deflates: false)
    #expect(handshake.deflate == nil)
    #expect(!handshake.response.fields.contains("Sec-WebSocket-Extensions"))
    #expect(throws: WebSocketHandshakeError.malformed) { try Self.handshake([";"], deflates: false) }
  }

  @Test func `offers are read in order, with their values`() throws {
    let offers = try WebSocketExtensionParser.offers(in: ["a; b; c=d; e=\"f\\g\"", "a, h;i=1"])
    #expect(
      offers == [
        .init("a", [.init("b"), .init("c", "d"), .init("e", "fg")]), .init("a"),
        .init("h", [.init("i", "1")]),
      ])
  }
}
