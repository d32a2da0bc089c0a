import Basics
import Testing
import Wire

@testable import API
@testable import EventEngine
@testable import WebServer

/// Who may do what: every kind of page by every kind of request, by every name, on every kind of address.
struct AccessMatrixTests {
  /// What a request is, as far as it matters who sends it.
  enum Kind: CaseIterable {
    case read, change, socket, preflight

    /// Request lines and fields that are of the kind.
    var requests: [(method: String, fields: String)] {
      let upgrade =
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      return switch self {
      case .read: ["GET", "HEAD", "OPTIONS"].map { ($0, "") }
      case .change: ["POST", "PUT", "PATCH", "DELETE", "get", "QUERY"].map { ($0, "") }
      case .socket: [("GET", upgrade), ("HEAD", upgrade), ("POST", upgrade)]
      case .preflight: [("OPTIONS", "Access-Control-Request-Method: POST\r\n")]
      }
    }
  }

  struct Row: Sendable {
    let page: String
    let fields: [String]
    /// Statuses for read, change, socket, preflight; nil lets the request on to its route.
    let answers: [Int?]
  }

  private static let on: [Int?] = [nil, nil, nil, nil]
  private static let trusted: [Int?] = [nil, nil, nil, 204]
  // What a foreign page reads, its browser keeps from it: the answer has no Access-Control-Allow-Origin.
  private static let foreign: [Int?] = [nil, 403, 403, 403]

  static let rows: [Row] = [
    Row(page: "none: a program", fields: [], answers: on),
    Row(page: "the hub's own", fields: ["http://HOST"], answers: trusted),
    Row(page: "of this machine", fields: ["http://localhost:3000"], answers: trusted),
    Row(page: "of this machine, by address", fields: ["http://127.0.0.1:5173"], answers: trusted),
    Row(page: "listed", fields: ["https://board.example"], answers: trusted),
    Row(page: "in a sandbox, a file, a redirect", fields: ["null"], answers: foreign),
    Row(page: "foreign", fields: ["https://evil.example"], answers: foreign),
    Row(page: "listed, but without TLS", fields: ["http://board.example"], answers: foreign),
    Row(page: "of an address beside", fields: ["http://10.1.2.9"], answers: foreign),
    Row(page: "that looks local", fields: ["http://localhost.evil.example"], answers: foreign),
    Row(page: "with a user", fields: ["http://localhost@evil.example"], answers: foreign),
    Row(page: "empty", fields: [""], answers: foreign),
    Row(page: "an extension", fields: ["chrome-extension://abcdef"], answers: foreign),
    Row(page: "two", fields: ["http://localhost", "http://localhost"], answers: foreign),
    Row(page: "two in one", fields: ["http://localhost, https://evil.example"], answers: foreign),
  ]

  /// What the hub listens on, what it may be called then, and what not.
  static let addresses: [(host: String, names: [String], others: [String])] = [
    (
      "127.0.0.1", ["127.0.0.1:3001", "localhost:3001", "[::1]:3001", "hub.example"],
      ["evil.example", "10.1.2.3", "127.0.0.1.evil.example"]
    ),
    (
      "0.0.0.0", ["127.0.0.1:3001", "10.1.2.3:3001", "hub.example", "[2001:db8::1]"],
      ["evil.example", "localhost.evil.example"]
    ),
    ("10.1.2.3", ["10.1.2.3:3001", "localhost", "hub.example:443"], ["10.1.2.4", "evil.example"]),
  ]

  private static func gate(_ host: String) -> RequestGate {
    RequestGate(
      policy: OriginPolicy(
        host: host, allowedHosts: ["hub.example"], allowedOrigins: ["https://board.example"]))
  }

  private static func request(
    _ method: String, _ target: String, host: String, origins: [String], _ fields: String, _ loop: EventLoop
  ) throws -> Request {
    let own = origins.map { $0 == "http://HOST" ? "http://\(host)" : $0 }
    let text =
      "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n" + own.map { "Origin: \($0)\r\n" }.joined() + fields
      + "\r\n"
    var parser = HTTPRequestParser()
    parser.receive(Array(text.utf8).span)
    guard case .head(let head)? = try parser.next() else { throw TestFailure("no head in \(text)") }
    return Request(
      id: "x", head: head, remoteAddress: "127.0.0.1", network: PeerNetwork(IPv4: 1), moment: 0,
      isSecure: false, loop: loop)
  }

  @Test(arguments: rows)
  func `a page may do what its row says, by any name of the hub`(row: Row) throws {
    let loop = try EventLoop(index: 0, log: .silent)
    for (address, names, _) in Self.addresses {
      let gate = Self.gate(address)
      for (kind, expected) in zip(Kind.allCases, row.answers) {
        for (name, (method, fields)) in names.flatMap({ name in kind.requests.map { (name, $0) } }) {
          let request = try Self.request(
            method, "/ws", host: name, origins: row.fields, fields, loop)
          let answer = gate.refusal(of: request)
          #expect(answer?.status.code == expected, "\(row.page) \(method) \(kind) at \(name) on \(address)")
        }
      }
    }
  }

  @Test(arguments: rows)
  func `by a foreign name nobody may do anything`(row: Row) throws {
    let loop = try EventLoop(index: 0, log: .silent)
    for (address, names, others) in Self.addresses {
      let gate = Self.gate(address)
      for kind in Kind.allCases {
        for (method, fields) in kind.requests {
          for name in others {
            let direct = try Self.request(method, "/", host: name, origins: row.fields, fields, loop)
            #expect(gate.refusal(of: direct)?.status == 421, "\(method) at \(name) on \(address)")
            // An absolute target outranks the Host field (RFC 9112 §3.2.2), in both directions.
            let hidden = try Self.request(
              method, "http://\(name)/", host: names[0], origins: row.fields, fields, loop)
            #expect(gate.refusal(of: hidden)?.status == 421)
          }
        }
      }
    }
  }

  @Test(arguments: rows)
  func `only a trusted page may read an answer`(row: Row) throws {
    let loop = try EventLoop(index: 0, log: .silent)
    let gate = Self.gate("127.0.0.1")
    let request = try Self.request("GET", "/", host: "localhost:3001", origins: row.fields, "", loop)
    var answer = Response(200)
    gate.addFields(to: &answer, for: request)
    let isTrusted = row.answers == Self.trusted
    #expect((answer.fields["Access-Control-Allow-Origin"] != nil) == isTrusted)
    #expect(answer.fields["Access-Control-Allow-Origin"] != "*")
    #expect(answer.fields["Access-Control-Allow-Credentials"] == nil)
    #expect(answer.fields.contains("Vary") == !row.fields.isEmpty)
  }
}
