import CLinux
import Glibc

/// A bound socket that waits for connections.
package final class Listener: Sendable {
  /// The host as it was asked for.
  package let host: String
  /// The port that is listened on, also when 0 was asked for.
  package let port: UInt16
  let descriptor: Int32

  /// Binds and listens; nothing is accepted yet.
  ///
  /// - Parameters:
  ///   - host: an IPv4 or IPv6 address or a name; `::` takes IPv4 too.
  ///   - port: 0 takes any free port.
  ///   - backlog: connections that the kernel completes ahead of us, no more than its own limit (4,096): a crowd that comes back at once
  ///     would try again after a second.
  ///   - unsentLimit: bytes of a connection that wait unsent in the kernel before it takes no more, so that the rest
  ///     stays where it can still be merged or dropped; nil leaves the system's default.
  package init(
    host: String, port: UInt16, backlog: Int32 = 4096, unsentLimit: Int32? = 32768
  ) throws(EngineError) {
    self.host = host
    descriptor = try Self.bound(host: host, port: port)
    // Accepted sockets inherit both, which saves two calls for each.
    Self.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    if let unsentLimit { Self.set(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, unsentLimit) }
    guard listen(descriptor, backlog) == 0, let actual = Self.port(of: descriptor) else {
      let error = Self.failure(host: host, port: port, number: errno)
      close(descriptor)
      throw error
    }
    self.port = actual
  }

  deinit { close(descriptor) }

  private static func bound(host: String, port: UInt16) throws(EngineError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, String(port), &hints, &found)
    guard result == 0, let address = found?.pointee else {
      throw .badAddress(host: host, reason: String(cString: gai_strerror(result)))
    }
    defer { freeaddrinfo(found) }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, kind, 0)
    guard descriptor >= 0 else { throw .badAddress(host: host, reason: EngineError.text(of: errno)) }
    // Never SO_REUSEPORT: it would let a second server share the port in silence.
    set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if address.ai_family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
    guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
      let error = failure(host: host, port: port, number: errno)
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func failure(host: String, port: UInt16, number: Int32) -> EngineError {
    switch number {
    case EADDRINUSE: .portTaken(host: host, port: port)
    case EACCES, EPERM: .portForbidden(host: host, port: port)
    case EADDRNOTAVAIL: .badAddress(host: host, reason: "this machine does not have the address")
    default: .system(doing: "Listening on \(host) port \(port)", number: number)
    }
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func port(of descriptor: Int32) -> UInt16? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard result == 0 else { return nil }
    // The port stands at the same place for both families.
    return withUnsafeBytes(of: storage) {
      UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
  }
}
