import Wire

/// What a parser made of some bytes: the requests with their bodies joined, and the error that ended them.
struct RequestReading: Equatable {
  var heads: [HTTPRequestHead] = []
  var bodies: [String] = []
  var wholeCount = 0
  var error: HTTPParseError?

  /// Feeds the pieces one after the other and takes all parts after each.
  init(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()) {
    var parser = HTTPRequestParser(limits: limits)
    do throws(HTTPParseError) {
      for piece in pieces {
        parser.receive(piece.span)
        while let part = try parser.next() { take(part) }
      }
    } catch {
      self.error = error
    }
  }

  init(_ text: String, limits: HTTPLimits = HTTPLimits()) { self.init([Array(text.utf8)], limits: limits) }

  private mutating func take(_ part: HTTPRequestPart) {
    switch part {
    case .head(let head):
      heads.append(head)
      bodies.append("")
    case .body(let bytes): bodies[bodies.count - 1] += String(decoding: bytes, as: UTF8.self)
    case .end: wholeCount += 1
    }
  }
}
