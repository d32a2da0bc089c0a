extension String {
  /// As many whole characters of Unicode from the beginning as fit into some bytes.
  package func prefix(utf8Count limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: max(0, limit))
    // A scalar begins where UTF-8 does not go on (RFC 3629 §3).
    while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
