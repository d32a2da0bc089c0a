/// What holds for every transfer of a fetcher.
package struct FetchConfiguration: Sendable {
  /// The `User-Agent` field.
  package var userAgent: String
  /// A proxy's URL, or empty for none; the environment's proxies are never used. It looks names up, so it must refuse private networks
  /// itself where that matters.
  package var proxy: String
  /// A file of PEM certificates to trust instead of the system's.
  package var certificateAuthorities: String?
  /// Bytes of one transfer that may wait for their reader before its socket is no longer read.
  package var bufferLimit: Int
  /// Idle connections kept for reuse.
  package var idleConnections: Int

  package init(
    userAgent: String = "AgentHub", proxy: String = "", certificateAuthorities: String? = nil,
    bufferLimit: Int = 256 * 1024, idleConnections: Int = 64
  ) {
    self.userAgent = userAgent
    self.proxy = proxy
    self.certificateAuthorities = certificateAuthorities
    self.bufferLimit = bufferLimit
    self.idleConnections = idleConnections
  }
}

/// How long each part of a transfer may take.
package struct FetchTimeouts: Equatable, Sendable {
  /// Name look-up, TCP and TLS together.
  package var connect: Duration
  /// From the start to the first byte of the answer's head.
  package var firstByte: Duration
  /// Between two bytes of the answer; does not run while the reader is slow.
  package var idle: Duration
  /// From the start to the end.
  package var total: Duration

  package init(
    connect: Duration = .seconds(10), firstByte: Duration = .seconds(120), idle: Duration = .seconds(90),
    total: Duration = .seconds(1800)
  ) {
    self.connect = connect
    self.firstByte = firstByte
    self.idle = idle
    self.total = total
  }
}

extension Duration {
  /// Whole nanoseconds, at least 0 and at most a century, so that sums of two never overflow.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0 else { return 0 }
    let bounded = UInt64(min(seconds, 3_155_760_000))
    return bounded * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
  }
}
