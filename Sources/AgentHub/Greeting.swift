/// What `serve` says once it accepts connections. The only place that knows; scripts look for the URL.
enum Greeting {
  /// - Parameter url: where the hub listens, without a path, with the port it really has.
  static func text(url: String, database: String) -> String {
    """
    AgentHub \(HubVersion.text) listens on \(url), data in \(database)

      open \(url)                the live page
      curl \(url)/api/agents     the agents
      curl \(url)/api/invoke -H 'Content-Type: application/json' \\
        -d '{"agentId":"demo","message":"Hello, hub."}'      an answer without any key

    Ctrl-C stops it; what was said is kept.

    """
  }

  /// The URL people and scripts can use for an address the hub listens on.
  static func url(host: String, port: Int, isSecure: Bool) -> String {
    // A wildcard address is no place to go to; this machine's own is.
    let reachable = ["0.0.0.0": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"][host] ?? host
    let bracketed = reachable.contains(":") && !reachable.hasPrefix("[") ? "[\(reachable)]" : reachable
    return "\(isSecure ? "https" : "http")://\(bracketed):\(port)"
  }
}
