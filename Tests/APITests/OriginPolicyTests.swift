import Testing

@testable import API

struct OriginPolicyTests {
  private static let policy = OriginPolicy(
    host: "127.0.0.1", allowedHosts: ["hub.example", "10.1.2.3:3001"],
    allowedOrigins: ["https://Board.example", "http://other.example:8080"])

  @Test(arguments: [
    ("localhost", true), ("localhost:3001", true), ("LOCALHOST:3001", true), ("localhost.:3001", true),
    ("127.0.0.1:3001", true), ("127.9.8.7", true), ("[::1]:3001", true), ("[::1]", true),
    ("hub.example", true),
    ("Hub.Example:443", true), ("10.1.2.3", true), ("", true), ("localhost:9", true),
    ("127.0.0.1:54321", true), ("hub.example:80", true),
    ("evil.example", false), ("10.1.2.4", false), ("127.0.0.1.evil.example", false),
    ("127.evil.example", false),
    ("localhost.evil.example", false), ("hub.example.evil", false), ("hub.example:port", false),
    ("localhost:", true), ("[::1]:", true), ("evil.example:", false), ("localhost::", false),
    ("localhost:99999", false), ("localhosts", false),
    ("localhost:30x1", false), ("127.0.0.1:-1", false),
    ("[::1", false),
    ("user@localhost", false), ("localhost/", false), ("[::2]:3001", false), ("0.0.0.0", false),
  ])
  func `a hub answers to its own names only`(host: String, isAllowed: Bool) {
    #expect(Self.policy.allows(host: host) == isAllowed)
  }

  @Test(arguments: [
    ("10.1.2.4:3001", true), ("[2001:db8::1]:3001", true), ("evil.example", false), ("localhost", true),
  ])
  func `a hub that listens everywhere answers to every address, but to no foreign name`(
    host: String, isAllowed: Bool
  ) {
    #expect(OriginPolicy(host: "0.0.0.0").allows(host: host) == isAllowed)
    #expect(OriginPolicy(host: "::").allows(host: host) == isAllowed)
  }

  @Test(
    arguments: [
      (nil, "hub.example", true), ("http://localhost:3000", "127.0.0.1:3001", true),
      ("http://127.0.0.1:5173", "hub.example", true), ("https://[::1]:3000", "hub.example", true),
      ("https://board.example", "hub.example", true), ("https://board.example:443", "hub.example", true),
      ("HTTP://OTHER.example:8080", "hub.example", true),
      ("http://hub.example:3001", "hub.example:3001", true),
      ("https://hub.example", "hub.example", true), ("https://hub.example", "hub.example:443", true),
      ("http://hub.example", "hub.example", true),
      ("http://hub.example:3000", "hub.example:3001", false), ("http://board.example", "hub.example", false),
      ("http://other.example", "hub.example", false), ("https://evil.example", "hub.example", false),
      ("null", "hub.example", false), ("", "hub.example", false), ("file://", "hub.example", false),
      ("http://localhost.evil.example", "hub.example", false),
      ("http://127.0.0.1.evil.example", "hub.example", false),
      ("http://localhost@evil.example", "hub.example", false), ("http://hub.example/", "hub.example", false),
      ("http://hub.example http://evil.example", "hub.example", false), ("hub.example", "hub.example", false),
      ("chrome-extension://abcdef", "hub.example", false),
    ] as [(String?, String, Bool)])
  func `pages of this machine, the hub's own and listed ones may call`(
    origin: String?, host: String, isAllowed: Bool
  ) {
    #expect(Self.policy.allows(origin: origin, host: host) == isAllowed)
  }
}
