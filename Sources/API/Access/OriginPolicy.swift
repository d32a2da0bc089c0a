/// Which names the hub may be called by, and which pages may call it.
///
/// A page that resolves its own name to this machine (DNS rebinding) fails at the host; a foreign page fails at the origin.
/// Loopback pages are let in because the pages of the systems that the hub replaces are served from other local ports.
package struct OriginPolicy: Sendable {
  private let names: Set<String>
  /// The spellings of nearly every request, which are recognised without being taken apart (0.7 µs a request, measured).
  private let spellings: [String]
  private let origins: Set<String>
  /// The hub listens on every address of the machine, so any of them may be what it is called by. Only names can be rebound.
  private let allowsAddresses: Bool

  /// Takes the settings.
  ///
  /// - Parameters:
  ///   - host: what the hub listens on.
  ///   - allowedHosts: more names, with or without a port.
  ///   - allowedOrigins: pages that may call the hub besides its own, `https://hub.example` for example.
  package init(host: String, allowedHosts: [String] = [], allowedOrigins: [String] = []) {
    let configured = ([host] + allowedHosts).compactMap { Authority($0)?.host }
    names = Set(configured)
    spellings = ["127.0.0.1", "localhost"] + names.filter { !$0.contains(":") }
    allowsAddresses = names.contains("0.0.0.0") || names.contains("::")
    origins = Set(allowedOrigins.compactMap { Origin($0)?.text })
  }

  /// Whether a request may call the hub by this name (`hub.example:3001`). An HTTP/1.0 client may leave it out; no browser does.
  package func allows(host: String) -> Bool {
    guard !host.isEmpty, !isSpelledPlainly(host) else { return true }
    guard let authority = Authority(host) else { return false }
    return authority.isLoopback || names.contains(authority.host) || allowsAddresses && authority.isAddress
  }

  /// Whether a host is a known spelling, alone or with a port of up to four digits.
  private func isSpelledPlainly(_ host: String) -> Bool {
    for name in spellings where host.utf8.starts(with: name.utf8) {
      let port = host.utf8.dropFirst(name.utf8.count)
      if port.isEmpty { return true }
      let isPort = port.first == UInt8(ascii: ":") && (2...5).contains(port.count)
      if isPort, port.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }) { return true }
    }
    return false
  }

  /// Whether a page may open sockets, change things and read answers.
  ///
  /// - Parameters:
  ///   - origin: the Origin field's value; nil, as programs leave it out, is allowed.
  ///   - host: what the request calls the hub.
  package func allows(origin: String?, host: String) -> Bool {
    guard let origin else { return true }
    guard let origin = Origin(origin) else { return false }
    if origin.authority.isLoopback || origins.contains(origin.text) { return true }
    guard let hub = Authority(host) else { return false }
    let port = origin.authority.port ?? origin.standardPort
    return origin.authority.host == hub.host && port == hub.port ?? origin.standardPort
  }
}

/// A page's origin: scheme, host and port (RFC 6454 §7). `null`, lists and anything else are none.
private struct Origin {
  let scheme: String
  let authority: Authority

  init?(_ text: String) {
    let text = text.lowercased()
    guard let scheme = ["http", "https"].first(where: { text.hasPrefix("\($0)://") }),
      let authority = Authority(String(text.dropFirst(scheme.count + 3)))
    else { return nil }
    self.scheme = scheme
    self.authority = authority
  }

  var standardPort: Int { scheme == "https" ? 443 : 80 }

  /// The form in which origins are compared: without the scheme's own port.
  var text: String {
    let port = authority.port.flatMap { $0 == standardPort ? nil : ":\($0)" } ?? ""
    return "\(scheme)://\(authority.host)\(port)"
  }
}
