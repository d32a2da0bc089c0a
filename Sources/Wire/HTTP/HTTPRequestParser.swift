import Basics

/// One piece of a request, in the order head, body pieces, end.
package enum HTTPRequestPart: Equatable, Sendable {
  case head(HTTPRequestHead)
  /// Bytes of the body, decoded, at least one.
  case body([UInt8])
  /// The request is whole. Comes after every head, also of a request without body.
  case end
}

/// Reads requests from the bytes of one connection, strictly (RFC 9112).
///
/// Bytes go in with `receive`, parts come out of `next` until it gives nil. Requests that came together wait inside
/// until they are asked for. After an error the parser only repeats it.
package struct HTTPRequestParser: Sendable {
  private enum State {
    case head
    case body(missing: Int)
    case chunks(ChunkedBodyParser)
    case failed(HTTPParseError)
  }

  private let limits: HTTPLimits
  private var buffer: [UInt8] = []
  /// Bytes of the buffer before it are used up.
  private var start = 0
  private var state: State = .head
  private var headParser = HTTPHeadParser()

  /// Begins before the first request of a connection.
  package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

  /// Bytes received that no part has used yet.
  package var bufferedCount: Int { buffer.count - start }

  /// The path of a request that was refused before its head was whole, as far as it is known.
  package var refusedPath: String? {
    let buffer = self.buffer
    return headParser.path(in: buffer.span.extracting(start..<buffer.count))
  }

  /// Takes the next bytes of the connection.
  package mutating func receive(_ bytes: Span<UInt8>) {
    if start == buffer.count {
      // An idle connection keeps a small buffer only.
      buffer.removeAll(keepingCapacity: buffer.capacity <= Self.idleCapacity)
      start = 0
    } else if start > Self.idleCapacity {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  private static let idleCapacity = 4096

  /// Gives the next part, or nil until more bytes come.
  ///
  /// - Throws: the error to answer with; the connection must be closed then.
  package mutating func next() throws(HTTPParseError) -> HTTPRequestPart? {
    do throws(HTTPParseError) {
      switch state {
      case .head:
        let buffer = self.buffer
        let found = try headParser.parse(buffer.span.extracting(start..<buffer.count), limits)
        return found.map { finishHead($0.head, $0.count) }
      case .body(let missing): return nextBody(missing)
      case .chunks(let parser): return try nextChunk(parser)
      case .failed(let error): throw error
      }
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// Takes out the bytes that follow the last whole request: after an upgrade they belong to the new protocol.
  package mutating func takeRemainder() -> [UInt8] {
    defer {
      buffer = []
      start = 0
    }
    return Array(buffer[start...])
  }

  private mutating func finishHead(_ head: HTTPRequestHead, _ count: Int) -> HTTPRequestPart {
    start += count
    headParser = HTTPHeadParser()
    switch head.framing {
    case .none: state = .body(missing: 0)
    case .length(let length): state = .body(missing: length)
    case .chunked: state = .chunks(ChunkedBodyParser(bodyLimit: limits.body(of: head.target.path)))
    }
    return .head(head)
  }

  private mutating func nextBody(_ missing: Int) -> HTTPRequestPart? {
    guard missing > 0 else { return finishRequest() }
    let count = min(missing, bufferedCount)
    guard count > 0 else { return nil }
    state = .body(missing: missing - count)
    return .body(take(start..<(start + count)))
  }

  /// Joins all chunks that are here: a body cut into chunks of one byte must not cost an array each.
  private mutating func nextChunk(_ parser: ChunkedBodyParser) throws(HTTPParseError) -> HTTPRequestPart? {
    var parser = parser
    var body: [UInt8] = []
    var fault: HTTPParseError?
    let buffer = self.buffer
    do throws(HTTPParseError) {
      while let range = try parser.next(buffer.span, from: &start, limits) {
        body.append(contentsOf: buffer[range])
      }
    } catch {
      fault = error
    }
    state = fault.map { .failed($0) } ?? .chunks(parser)
    if !body.isEmpty { return .body(body) }
    if let fault { throw fault }
    return parser.isDone ? finishRequest() : nil
  }

  private mutating func take(_ range: Range<Int>) -> [UInt8] {
    start = range.upperBound
    return Array(buffer[range])
  }

  private mutating func finishRequest() -> HTTPRequestPart {
    state = .head
    return .end
  }
}
