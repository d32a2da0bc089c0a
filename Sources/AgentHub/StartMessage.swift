/// What the server says when it is ready: where it is, and what to try next.
enum StartMessage {
  static func text(_ settings: Settings, port: UInt16) -> String {
    let scheme = settings.tlsCertificate == nil ? "http" : "https"
    let host =
      settings.host.contains(":") && !settings.host.hasPrefix("[") ? "[\(settings.host)]" : settings.host
    let url = "\(scheme)://\(host):\(port)"
    return """
      AgentHub \(HubVersion.text) listens on \(url)

        Open \(url)/ in two browsers, and watch an answer appear in both.
        curl \(url)/api/agents
        curl \(url)/api/invoke -H 'Content-Type: application/json' \\
          -d '{"agentId":"demo","message":"Hello"}'

      Data is in \(settings.database). Ctrl-C stops.

      """
  }
}
