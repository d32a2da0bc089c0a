import Basics
import Model
import Storage

/// A message that was found: where it is, and what of it matches. Text stays text; nothing of it is HTML.
struct FoundMessageJSON: JSONWritable {
  let found: FoundMessage

  /// Places that one message shows at most.
  private static let mostPlaces = 100

  func write(into writer: inout JSONWriter) {
    let message = found.message
    writer.beginObject()
    writer.member("conversation", message.conversation.text)
    writer.member("title", orNull: found.title)
    writer.member("message", message.id.text)
    writer.member("seq", message.seq)
    writer.member("role", message.role.rawValue)
    writer.member("type", message.type.rawValue)
    writer.member("agent", orNull: message.agent?.text)
    writer.member("run", orNull: message.run?.text)
    writer.member("createdAt", message.createdAt)
    writer.member("length", message.text.utf16.count)
    writer.member("excerpt", json: excerpt)
    writer.member(
      "matches",
      json: .array(
        found.text.matches.prefix(Self.mostPlaces).map { match in
          ["start": .integer(Int64(match.lowerBound)), "length": .integer(Int64(match.count))]
        }))
    writer.endObject()
  }

  private var excerpt: JSON {
    let excerpt = found.text.excerpt
    let segments = excerpt.segments.map { segment -> JSON in
      segment.isMatch ? ["text": .string(segment.text), "match": true] : ["text": .string(segment.text)]
    }
    return ["start": .integer(Int64(excerpt.start)), "segments": .array(segments)]
  }
}
