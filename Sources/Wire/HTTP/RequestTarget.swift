import Basics

/// What a request asks for: the second word of its first line (RFC 9112 §3.2).
package struct RequestTarget: Hashable, Sendable, CustomStringConvertible {
  /// One `name=value` of the query, decoded.
  package struct QueryItem: Hashable, Sendable {
    /// What stands before the first `=`.
    package let name: String
    /// Empty when there is no `=`.
    package let value: String
  }

  /// The target as it came.
  package let raw: String
  /// The path, escaped where it must be and nowhere else; `*` when the whole server is meant (OPTIONS only).
  package let path: String
  /// What follows `?`, still escaped; nil without `?`.
  package let rawQuery: String?
  /// Host and port of an absolute-form target, which outrank the Host field; nil otherwise.
  package let authority: String?

  package var description: String { raw }

  /// Reads a target that must be valid as a whole.
  ///
  /// - Throws: `invalid_target`.
  package init(_ raw: String) throws(HTTPParseError) {
    try self.init(raw.utf8.span, text: raw)
  }

  init(_ bytes: Span<UInt8>, text: String) throws(HTTPParseError) {
    for index in bytes.indices where !Self.isAllowed(bytes[index]) { throw .invalidTarget }
    let pathStart = try Self.pathStart(bytes)
    let mark = bytes.firstOffset(of: UInt8(ascii: "?"), from: pathStart)
    let pathRange = pathStart..<(mark ?? bytes.count)
    self.raw = text
    self.authority = pathStart == 0 ? nil : Self.authority(in: bytes, before: pathStart)
    guard PercentDecoding.isValidPath(bytes.extracting(pathRange)) else { throw .invalidTarget }
    let plain = pathRange.isEmpty ? "/" : pathRange.count == bytes.count ? text : nil
    self.path =
      PercentDecoding.normalized(bytes.extracting(pathRange)) ?? plain ?? String(bytes.extracting(pathRange))
    self.rawQuery = mark.map { String(bytes.extracting(($0 + 1)..<bytes.count)) }
  }

  /// Visible ASCII but `#`: a fragment never leaves its client. Browsers send `|`, `{` and the like unescaped.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
  }

  /// Where the path begins: 0, or after `http://authority`.
  private static func pathStart(_ bytes: Span<UInt8>) throws(HTTPParseError) -> Int {
    guard !bytes.isEmpty else { throw .malformedRequestLine }
    if bytes[0] == UInt8(ascii: "/") { return 0 }
    if bytes.count == 1, bytes[0] == UInt8(ascii: "*") { return 0 }
    let start = schemeCount(bytes)
    guard start > 0 else { throw .invalidTarget }
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
    // `user@host` has no place here (RFC 9110 §4.2.4); isAuthority refuses it with the rest.
    guard HTTPSyntax.isAuthority(bytes.extracting(start..<end)) else { throw .invalidHost }
    return end
  }

  private static func schemeCount(_ bytes: Span<UInt8>) -> Int {
    for scheme in ["http://", "https://"] where bytes.count > scheme.utf8.count {
      if HTTPSyntax.equal(bytes.extracting(first: scheme.utf8.count), scheme) { return scheme.utf8.count }
    }
    return 0
  }

  private static func authority(in bytes: Span<UInt8>, before end: Int) -> String {
    String(bytes.extracting(schemeCount(bytes)..<end))
  }

  /// The path's segments, decoded: `/api/a%20b` is `api`, `a b`; `/` is none; a last `/` adds an empty one.
  ///
  /// A segment may hold `/` (from `%2F`) and may be `.` or `..`: it is a name to compare, never a file path.
  package var segments: [String] {
    guard path.utf8.count > 1 else { return [] }
    return path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      PercentDecoding.text($0, plusIsBlank: false)
    }
  }

  /// The query's pairs in order, decoded as HTML forms are (`+` is a blank, a broken escape stays as it is).
  package var query: [QueryItem] {
    guard let rawQuery else { return [] }
    return rawQuery.utf8.split(separator: UInt8(ascii: "&")).map { pair in
      let name = pair.prefix { $0 != UInt8(ascii: "=") }
      let value = pair.dropFirst(name.count + 1)
      return QueryItem(
        name: PercentDecoding.text(name, plusIsBlank: true),
        value: PercentDecoding.text(value, plusIsBlank: true))
    }
  }

  /// The first value of a name in the query, or nil.
  package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
