/// What stands in a URL's path (RFC 3986 §2.1).
package enum PercentEncoding {
  /// The text with everything encoded that a path does not take as it is; slashes stay. A `.` or `..` between slashes is encoded too, so
  /// that no name climbs out of its place.
  package static func path(_ text: String) -> String {
    text.split(separator: "/", omittingEmptySubsequences: false).map(segment).joined(separator: "/")
  }

  /// One step of a path; slashes are encoded, too.
  package static func segment(_ text: some StringProtocol) -> String {
    if text.allSatisfy({ $0 == "." }) { return String(repeating: "%2E", count: text.count) }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): bytes.append(byte)
      case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }
}
