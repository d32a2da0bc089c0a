import Basics

/// One event of a surface's stream: a single `data:` line and the empty line behind it.
///
/// The clients of the replaced systems split at LF and know no other field; an event goes out in one piece, since one of their pages keeps no
/// buffer.
struct SurfaceEvent: Equatable, Sendable {
  /// What stands behind `data: `; one line.
  let data: [UInt8]

  init(_ json: JSON) { data = json.bytes }

  private init(line: String) { data = Array(line.utf8) }

  /// What ends streams of OpenAI's kind.
  static let done = SurfaceEvent(line: "[DONE]")

  /// As it goes over the wire.
  var encoded: [UInt8] { Self.head + data + Self.tail }

  private static let head = Array("data: ".utf8)
  private static let tail = Array("\n\n".utf8)
}
