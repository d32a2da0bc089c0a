import Basics
import WebServer
import Wire

/// Where an event stream resumes: `Last-Event-ID: epoch:seq`, or `?after=seq`, else at the beginning.
struct StreamPosition: Equatable, Sendable {
  var seq: Int64 = 0
  /// The numbering the seq is from; nil means the present one.
  var epoch: String?

  init(of request: Request) throws(APIError) {
    try self.init(
      lastEventID: request.fields["Last-Event-ID"], query: try request.query(.listEvents))
  }

  /// A browser that reconnects sends the field and the same address again, so the field wins.
  init(lastEventID: String?, query: RequestQuery) throws(APIError) {
    guard let lastEventID, !lastEventID.isEmpty else {
      seq = try query.position("after") ?? 0
      return
    }
    guard let colon = lastEventID.lastIndex(of: ":"),
      let seq = Int64(lastEventID[lastEventID.index(after: colon)...]), seq >= 0
    else {
      throw APIError(
        "invalid_position", "Last-Event-ID must be epoch:seq, not \(lastEventID).",
        hint: "Send the last id of the stream as it came.")
    }
    self.seq = seq
    epoch = String(lastEventID[..<colon])
  }
}
