import Glibc

/// Addresses that no model server has, but that a base URL of an agent could be pointed at.
///
/// Above all the cloud's metadata service, which gives keys to whoever asks from this machine. Asked after the name was
/// looked up, so names, odd spellings and changing answers of the DNS make no difference.
enum BlockedAddress {
  /// - Parameter address: a `sockaddr_in` or `sockaddr_in6`; other families are refused.
  static func contains(_ address: UnsafeRawPointer) -> Bool {
    switch Int32(address.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET: contains(v4: [UInt8](UnsafeRawBufferPointer(start: address + 4, count: 4)))
    case AF_INET6: contains(v6: [UInt8](UnsafeRawBufferPointer(start: address + 8, count: 16)))
    default: true
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
