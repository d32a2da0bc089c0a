/// An absolute `http` or `https` URL, checked far enough to be handed to curl and to be named in messages.
package struct FetchURL: Hashable, Sendable, CustomStringConvertible {
  /// Whether the connection is encrypted.
  package enum Scheme: String, Sendable {
    case http, https

    /// The port when the URL names none.
    package var port: Int { self == .http ? 80 : 443 }
  }

  package let scheme: Scheme
  /// Lower case, without brackets or port; the only part that messages show.
  package let host: String
  package let port: Int
  /// The whole URL as it goes to curl.
  package let text: String

  package var description: String { text }

  /// Whether both name the same server: scheme, host and port (RFC 6454 §4).
  package func hasSameOrigin(as other: FetchURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  /// Whether the URL names this machine.
  package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  /// Reads a URL. User names and passwords inside it are refused, for they would end up in logs.
  ///
  /// - Throws: `bad_url`.
  package init(_ text: String) throws(FetchError) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw Self.fault("holds a blank") }
    guard let colon = text.range(ofFirst: "://"),
      let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
    else { throw Self.fault("must begin with http:// or https://") }
    let authority = text[colon.upperBound...].prefix { !"/?#\\".contains($0) }
    guard !authority.contains("@") else { throw Self.fault("must not hold a user name or password") }
    let (host, port) = try Self.split(authority)
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port ?? scheme.port
    self.text = text
  }

  /// The URL with more path at its end; one slash stands between.
  package func appending(path: String) -> FetchURL {
    let base = text.hasSuffix("/") ? String(text.dropLast()) : text
    return FetchURL(scheme: scheme, host: host, port: port, text: "\(base)/\(path)")
  }

  private init(scheme: Scheme, host: String, port: Int, text: String) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.text = text
  }

  private static func split(_ authority: Substring) throws(FetchError) -> (host: Substring, port: Int?) {
    var host = authority
    var digits: Substring?
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { throw fault("has an unfinished IPv6 address") }
      host = authority[authority.index(after: authority.startIndex)..<end]
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || rest.first == ":" else { throw fault("has text after its IPv6 address") }
      digits = rest.isEmpty ? nil : rest.dropFirst()
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      digits = authority[authority.index(after: colon)...]
    }
    guard !host.isEmpty else { throw fault("names no host") }
    guard let digits else { return (host, nil) }
    guard let port = UInt16(digits), port > 0 else { throw fault("has a wrong port") }
    return (host, Int(port))
  }

  private static func fault(_ reason: String) -> FetchError {
    FetchError(.badURL, "A URL \(reason).", hint: "Write it like https://host:port/path.")
  }
}

extension String {
  fileprivate func range(ofFirst needle: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
