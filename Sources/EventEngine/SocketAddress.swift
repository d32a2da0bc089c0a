import Glibc

/// Where a peer is, kept in 16 bytes until somebody asks for it in words.
struct SocketAddress {
  private var high: UInt64 = 0
  private var low: UInt64 = 0
  private var family: UInt16 = 0

  /// What is known of a socket that was not accepted here.
  init() {}

  /// Reads what the kernel wrote, a `sockaddr_in` or `sockaddr_in6`.
  init(_ storage: sockaddr_storage) {
    family = storage.ss_family
    withUnsafeBytes(of: storage) { bytes in
      if Int32(family) == AF_INET {
        high = UInt64(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      } else if Int32(family) == AF_INET6 {
        high = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
      }
    }
  }

  /// The address without the port; an IPv4 address that arrived through an IPv6 socket reads as IPv4.
  var text: String {
    if Int32(family) == AF_INET { return Self.text(AF_INET, high, 0) }
    if isMapped { return Self.text(AF_INET, low >> 32, 0) }
    return Int32(family) == AF_INET6 ? Self.text(AF_INET6, high, low) : ""
  }

  /// Whom the address belongs to, as far as an address can tell.
  var network: PeerNetwork {
    if Int32(family) == AF_INET { return PeerNetwork(IPv4: UInt32(truncatingIfNeeded: high)) }
    if isMapped { return PeerNetwork(IPv4: UInt32(truncatingIfNeeded: low >> 32)) }
    let isLoopback = high == 0 && UInt64(bigEndian: low) == 1
    return PeerNetwork(prefix: high, isLocal: isLoopback || Int32(family) != AF_INET6)
  }

  private var isMapped: Bool {
    Int32(family) == AF_INET6 && high == 0 && UInt32(truncatingIfNeeded: low) == 0xFFFF_0000
  }

  private static func text(_ family: Int32, _ high: UInt64, _ low: UInt64) -> String {
    var bytes = (high, low)
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, &bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// What counts as one peer: an IPv4 address, or the network of 64 bits that one host with IPv6 has to itself.
package struct PeerNetwork: Hashable, Sendable {
  private let prefix: UInt64
  private let isIPv4: Bool
  /// Whether it is this machine.
  package let isLocal: Bool

  /// - Parameter address: in the network's byte order.
  init(IPv4 address: UInt32) {
    prefix = UInt64(address)
    isIPv4 = true
    isLocal = UInt32(bigEndian: address) >> 24 == 127
  }

  init(prefix: UInt64, isLocal: Bool) {
    self.prefix = prefix
    isIPv4 = false
    self.isLocal = isLocal
  }
}
