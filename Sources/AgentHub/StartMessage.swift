/// What the server says when it is ready: where it is, and what to try next.
enum StartMessage {
  /// - Parameter more: listeners beside the main one, with the ports they have.
  static func text(
    _ settings: Settings, port: UInt16, more: [(address: ListenAddress, port: UInt16)] = []
  ) -> String {
    let isSecure = settings.tlsCertificate != nil
    let url = self.url(host: settings.host, port: port, isSecure: isSecure)
    return """
      AgentHub \(HubVersion.text) listens on \(url)
      \(others(more, settings, isSecure: isSecure))
        Open \(url)/ in two browsers, and watch an answer appear in both.
        curl \(url)/api/agents
        curl \(url)/api/invoke -H 'Content-Type: application/json' \\
          -d '{"agentId":"demo","message":"Hello"}'

      Data is in \(settings.database). Ctrl-C stops.
      \(warning(settings).map { "\n  \($0)\n" } ?? "")
      """
  }

  /// A line for each further listener, between the first line and an empty one.
  private static func others(
    _ more: [(address: ListenAddress, port: UInt16)], _ settings: Settings, isSecure: Bool
  ) -> String {
    more.map { address, port in
      let url = self.url(host: address.host ?? settings.host, port: port, isSecure: isSecure)
      return "  and as \(address.profile) on \(url)\n"
    }.joined()
  }

  /// What an operator should know of an address that other machines can reach; nil for one that they cannot.
  static func warning(_ settings: Settings) -> String? {
    guard !settings.isLoopback else { return nil }
    let open =
      "WARNING: whoever reaches \(settings.openHost ?? settings.host) can use every agent and every key; there is no authentication yet."
    guard settings.tlsCertificate == nil else { return open }
    return open
      + "\n  And nothing is encrypted: set --tls-certificate and --tls-key, or let only a proxy with TLS reach it."
  }

  /// The URL that people and scripts of this machine can use for an address the hub listens on.
  static func url(host: String, port: UInt16, isSecure: Bool) -> String {
    // A wildcard address is no place to go to; this machine's own is.
    let reachable = ["0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "::1"][host] ?? host
    let bracketed = reachable.contains(":") && !reachable.hasPrefix("[") ? "[\(reachable)]" : reachable
    return "\(isSecure ? "https" : "http")://\(bracketed):\(port)"
  }
}
