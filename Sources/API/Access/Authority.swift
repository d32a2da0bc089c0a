/// A host with an optional port, as it stands in Host and Origin fields: `hub.example:3001`, `[::1]`.
struct Authority: Equatable {
  /// Lower case, without brackets and a last dot.
  let host: String
  let port: Int?

  /// Reads a host; nil when it is none, or its port is no number. A port may be empty: `localhost:` (RFC 3986 §3.2.3).
  init?(_ text: String) {
    let text = text.lowercased()
    var host: Substring
    var rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
    } else if text.count(where: { $0 == ":" }) > 1 {
      (host, rest) = (text[...], "")  // a bare IPv6 address, as settings have it
    } else {
      host = text.prefix { $0 != ":" }
      rest = text.dropFirst(host.count)
    }
    if host.hasSuffix(".") { host = host.dropLast() }
    guard !host.isEmpty, host.utf8.allSatisfy(Self.isAllowed) else { return nil }
    self.host = String(host)
    guard !rest.isEmpty, rest != ":" else {
      port = nil
      return
    }
    guard rest.first == ":", let port = UInt16(rest.dropFirst()) else { return nil }
    self.port = Int(port)
  }

  /// Letters, digits and what addresses and names are made of; no `/`, `@` or blank.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "-._:".utf8.contains(byte)
    }
  }

  /// Whether the host is this machine, whoever resolves it.
  var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    return host.hasPrefix("127.") && isIPv4
  }

  /// Whether the host is an address, which no name server can point elsewhere.
  var isAddress: Bool { isIPv4 || host.contains(":") }

  private var isIPv4: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}
