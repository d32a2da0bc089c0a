import Basics

/// Reads a form that brings files (`multipart/form-data`, RFC 7578, RFC 2046 §5.1) piece by piece, so that no file need fit into memory.
///
/// Bytes go in with `receive`, pieces come out of `next` until it gives nil; at the end of the bytes `finish` tells whether the form was whole.
/// However the bytes are cut, the pieces of a part come to the same.
package struct MultipartParser: Sendable {
  private enum State {
    /// Before the first boundary; what stands there counts for nothing.
    case preamble
    /// Behind a boundary: the end of its line, or the two hyphens of the last one.
    case boundaryEnd
    case head
    case body
    case done
  }

  private var state: State = .preamble
  /// A line end and the boundary with its hyphens.
  private let delimiter: [UInt8]
  /// The first boundary need not stand behind a line end, so one is put before the bytes.
  private var buffer: [UInt8] = [0x0D, 0x0A]
  /// Bytes of the buffer before it are used up.
  private var start = 0
  private var partCount = 0
  /// The lines of the head that is being read.
  private var lines: [String] = []
  /// Bytes of that head, or before the first part.
  private var overhead = 0

  /// Bytes of one part's head, and of what may stand before the first part.
  private static let headLimit = 16 << 10
  private static let partLimit = 100

  /// - Parameter contentType: the request's field.
  /// - Throws: `notAForm`.
  package init(contentType: String?) throws(MultipartError) {
    let parameters = HeaderParameters(contentType ?? "")
    // RFC 2046 §5.1.1 allows 70 characters.
    guard parameters.value == "multipart/form-data", let boundary = parameters["boundary"],
      (1...200).contains(boundary.utf8.count), !boundary.utf8.contains(where: { $0 < 0x20 })
    else { throw .notAForm }
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Takes the next bytes.
  package mutating func receive(_ bytes: [UInt8]) {
    if case .done = state { return }
    if start == buffer.count {
      buffer = bytes
    } else {
      buffer.removeFirst(start)
      buffer += bytes
    }
    start = 0
  }

  /// Gives the next piece, or nil until more bytes come.
  package mutating func next() throws(MultipartError) -> MultipartPiece? {
    while true {
      switch state {
      case .preamble:
        guard try skipPreamble() else { return nil }
      case .boundaryEnd:
        guard try skipBoundaryEnd() else { return nil }
      case .head: return try takeHead().map { .head($0) }
      case .body: return takeBody()
      case .done: return nil
      }
    }
  }

  /// The bytes are over.
  ///
  /// - Throws: `unfinished` when they end before the form does.
  package func finish() throws(MultipartError) {
    guard case .done = state else { throw .unfinished }
  }

  private mutating func skipPreamble() throws(MultipartError) -> Bool {
    let (end, isFound) = endOfContent()
    overhead += end - start
    guard overhead <= Self.headLimit else { throw .noBoundary }
    start = end
    guard isFound else { return false }
    start += delimiter.count
    state = .boundaryEnd
    return true
  }

  /// False while the line is not whole.
  private mutating func skipBoundaryEnd() throws(MultipartError) -> Bool {
    // Blanks may follow a boundary (RFC 2046 §5.1.1).
    while start < buffer.count, buffer[start] == 0x20 || buffer[start] == 0x09 {
      start += 1
      overhead += 1
      guard overhead <= Self.headLimit else { throw .noBoundary }
    }
    guard start + 1 < buffer.count else { return false }
    switch (buffer[start], buffer[start + 1]) {
    case (0x0D, 0x0A):
      start += 2
      partCount += 1
      guard partCount <= Self.partLimit else { throw .tooManyParts }
      lines = []
      overhead = 0
      state = .head
    case (UInt8(ascii: "-"), UInt8(ascii: "-")):
      buffer = []
      start = 0
      state = .done
    default: throw .noBoundary
    }
    return true
  }

  /// Line by line, so that nothing is looked at twice however slowly it comes.
  private mutating func takeHead() throws(MultipartError) -> MultipartHead? {
    while let feed = buffer.span.firstOffset(of: 0x0A, from: start) {
      overhead += feed - start
      guard overhead <= Self.headLimit else { throw .headTooLarge }
      guard feed > start, buffer[feed - 1] == 0x0D else { throw .malformedHead }
      let line = start..<(feed - 1)
      start = feed + 1
      if line.isEmpty {
        state = .body
        return try MultipartHead(lines: lines)
      }
      lines.append(String(decoding: buffer[line], as: UTF8.self))
    }
    guard overhead + buffer.count - start <= Self.headLimit else { throw .headTooLarge }
    return nil
  }

  private mutating func takeBody() -> MultipartPiece? {
    let (end, isFound) = endOfContent()
    if end > start {
      defer { start = end }
      return .body(Array(buffer[start..<end]))
    }
    guard isFound else { return nil }
    start += delimiter.count
    state = .boundaryEnd
    return .end
  }

  /// Where the content that is surely none of a boundary ends, and whether a boundary follows there.
  private func endOfContent() -> (end: Int, isFound: Bool) {
    let bytes = buffer.span
    var from = start
    while let place = bytes.firstOffset(of: 0x0D, from: from) {
      let known = min(delimiter.count, bytes.count - place)
      var matched = 1
      while matched < known, bytes[place + matched] == delimiter[matched] { matched += 1 }
      if matched == known { return (place, known == delimiter.count) }
      from = place + 1
    }
    return (bytes.count, false)
  }
}
