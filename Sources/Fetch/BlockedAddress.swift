import Glibc

/// Addresses that no transfer, or not every transfer, may reach, though a base URL of an agent could be pointed at them.
///
/// Above all the cloud's metadata service, which gives keys to whoever asks from this machine. Asked after the name was
/// looked up, so names, odd spellings and changing answers of the DNS make no difference.
enum BlockedAddress {
  /// - Parameters:
  ///   - address: a `sockaddr_in` or `sockaddr_in6`; other families are refused.
  ///   - allowsPrivate: whether this machine and private networks may be reached.
  static func contains(_ address: UnsafeRawPointer, allowsPrivate: Bool) -> Bool {
    switch Int32(address.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET:
      isRefused([UInt8](UnsafeRawBufferPointer(start: address + 4, count: 4)), allowsPrivate: allowsPrivate)
    case AF_INET6:
      isRefused([UInt8](UnsafeRawBufferPointer(start: address + 8, count: 16)), allowsPrivate: allowsPrivate)
    default: true
    }
  }

  /// - Parameter text: an address without brackets, IPv4 in any spelling that the system reads; nil for a name.
  static func contains(_ text: String, allowsPrivate: Bool) -> Bool? {
    var v4 = in_addr()
    if inet_aton(text, &v4) == 1 {
      let bytes = withUnsafeBytes(of: v4.s_addr) { Array($0) }
      return isRefused(bytes, allowsPrivate: allowsPrivate)
    }
    var v6 = [UInt8](repeating: 0, count: 16)
    return inet_pton(AF_INET6, text, &v6) == 1 ? isRefused(v6, allowsPrivate: allowsPrivate) : nil
  }

  /// - Parameter bytes: four or sixteen, in network order.
  private static func isRefused(_ bytes: [UInt8], allowsPrivate: Bool) -> Bool {
    let isNeverCalled = bytes.count == 4 ? contains(v4: bytes) : contains(v6: bytes)
    if isNeverCalled || allowsPrivate { return isNeverCalled }
    return bytes.count == 4 ? isPrivate(v4: bytes) : isPrivate(v6: bytes)
  }

  /// This machine, private and shared networks, and what only tests and documents use (RFC 6890).
  ///
  /// - Parameter bytes: four, in network order.
  static func isPrivate(v4 bytes: [UInt8]) -> Bool {
    switch (bytes[0], bytes[1], bytes[2]) {
    case (10, _, _), (127, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _), (198, 18...19, _):
      true
    case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113): true
    default: false
    }
  }

  /// - Parameter bytes: sixteen, in network order.
  static func isPrivate(v6 bytes: [UInt8]) -> Bool {
    let prefix = Array(bytes.prefix(12))
    if prefix == mapped || prefix == translated { return isPrivate(v4: Array(bytes.suffix(4))) }
    switch (bytes[0], bytes[1]) {
    // Unique local, and the site-local ones of old (RFC 4193, RFC 3879).
    case (0xFC...0xFD, _), (0xFE, 0xC0...0xFF): return true
    // IPv4 inside IPv6 that leads through somebody's tunnel (RFC 3056), and documents (RFC 3849).
    case (0x20, 0x02): return true
    case (0x20, 0x01): return bytes[2] == 0x0D && bytes[3] == 0xB8 || bytes[2] == 0 && bytes[3] == 0
    // Translation in local networks (RFC 8215).
    case (0, 0x64): return bytes[2] == 0xFF && bytes[3] == 0x9B && bytes[4] == 0 && bytes[5] == 1
    // Loopback, and IPv4 written as IPv6 in the way of old.
    default: return prefix.allSatisfy { $0 == 0 }
    }
  }

  /// - Parameter bytes: four, in network order.
  static func contains(v4 bytes: [UInt8]) -> Bool {
    switch (bytes[0], bytes[1]) {
    // This network, link-local with the metadata service, multicast, reserved and broadcast (RFC 6890).
    case (0, _), (169, 254), (224..., _): true
    default: bytes == [100, 100, 100, 200]
    }
  }

  /// - Parameter bytes: sixteen, in network order.
  static func contains(v6 bytes: [UInt8]) -> Bool {
    // IPv4 inside IPv6: mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052 §2.1).
    let prefix = Array(bytes.prefix(12))
    if prefix == mapped || prefix == translated { return contains(v4: Array(bytes.suffix(4))) }
    if bytes.allSatisfy({ $0 == 0 }) || bytes == metadata { return true }
    let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
    return isLinkLocal || bytes[0] == 0xFF
  }

  private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
  private static let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
  /// fd00:ec2::254, the metadata service of AWS.
  private static let metadata: [UInt8] =
    [0xFD, 0, 0x0E, 0xC2] + [UInt8](repeating: 0, count: 10) + [0x02, 0x54]
}
