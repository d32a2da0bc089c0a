/// How much one peer may ask a connection to hold (reasons: slow and oversized requests; RFC 9112 §3, RFC 9110 §5.4).
package struct HTTPLimits: Equatable, Sendable {
  /// Bytes of the request line, without its end; beyond it 414.
  package var requestLine = 8 << 10
  /// Bytes of the whole head, and of the extensions and trailers of one chunked body; beyond it 431 or 400.
  package var head = 16 << 10
  /// Fields in one head; beyond it 431.
  package var fieldCount = 100
  /// Bytes of a request's body once decoded; beyond it 413.
  package var body = 1 << 20
  /// The same for single paths whose bodies are not kept in memory, such as uploads.
  package var bodies: [String: Int] = [:]

  /// Takes the defaults.
  package init() {}

  /// Bytes that the body of a request for this path may have.
  func body(of path: String) -> Int { bodies.isEmpty ? body : bodies[path] ?? body }
}
