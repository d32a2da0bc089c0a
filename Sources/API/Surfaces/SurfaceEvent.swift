import Basics

/// One event of a surface's stream: a single `data:` line and the empty line behind it.
///
/// The clients of the replaced systems split at LF and know no other field; an event goes out in one piece, since one of their pages keeps no
/// buffer.
struct SurfaceEvent: Equatable, Sendable {
  /// What stands behind `data: `; one line.
  let data: [UInt8]

  init(_ json: JSON) { data = Self.unbroken(json.bytes) }

  private init(line: String) { data = Array(line.utf8) }

  /// What ends streams of OpenAI's kind.
  static let done = SurfaceEvent(line: "[DONE]")

  /// Line ends of Unicode as escapes, since clients in Python split at them, too (`str.splitlines`); JSON may hold them as they are.
  private static func unbroken(_ json: [UInt8]) -> [UInt8] {
    let text = String(decoding: json, as: UTF8.self)
    guard text.unicodeScalars.contains(where: { escapes[$0] != nil }) else { return json }
    var line = ""
    for scalar in text.unicodeScalars {
      if let escape = escapes[scalar] { line += escape } else { line.unicodeScalars.append(scalar) }
    }
    return Array(line.utf8)
  }

  private static let escapes: [Unicode.Scalar: String] = [
    "\u{85}": "\\u0085", "\u{2028}": "\\u2028", "\u{2029}": "\\u2029",
  ]

  /// As it goes over the wire.
  var encoded: [UInt8] { Self.head + data + Self.tail }

  private static let head = Array("data: ".utf8)
  private static let tail = Array("\n\n".utf8)
}
