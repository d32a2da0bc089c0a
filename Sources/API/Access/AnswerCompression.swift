import Compression
import WebServer
import Wire

/// Compresses answers in JSON for clients that take that (RFC 9110 §12.5.3). Streams stay as they are: each of their events must leave at once.
enum AnswerCompression {
  /// Bytes from which on it saves a packet.
  static let threshold = 1400
  /// Bytes that the loop compresses itself, which takes 0.3 ms. A megabyte takes 10 ms, in which nobody else would be served.
  private static let mostOnLoop = 32 << 10

  /// The route, with its answers compressed. Routes that answer on the spot have short ones.
  static func added(to route: Route) -> Route {
    guard case .async(let answer) = route.action else { return route }
    return Route(
      route.method, route.pattern, route.summary,
      .async { request in
        let response = await answer(request)
        guard case .bytes(let bytes) = response.body, bytes.count >= threshold, isPlainJSON(response) else {
          return response
        }
        return await compressed(response, bytes, for: request)
      })
  }

  /// An answer with a tag has to be the same bytes for everybody (RFC 9110 §8.8.1).
  private static func isPlainJSON(_ response: Response) -> Bool {
    response.fields["Content-Type"]?.hasPrefix("application/json") == true
      && !response.fields.contains("ETag")
      && !response.fields.contains("Content-Encoding")
  }

  private static func compressed(
    _ response: Response, _ bytes: [UInt8], for request: Request
  ) async -> Response {
    var response = response
    response.fields.append("Vary", "Accept-Encoding")
    guard AcceptEncoding.takesGzip(request) else { return response }
    // A task of its own does not prefer the loop. Without memory for zlib the answer goes out as it is.
    let gzip =
      bytes.count <= mostOnLoop
      ? try? Gzip.compress(bytes, effort: .quick)
      : await Task.detached { try? Gzip.compress(bytes, effort: .quick) }.value
    guard let gzip, gzip.count < bytes.count else { return response }
    response.fields.set("Content-Encoding", "gzip")
    response.body = .bytes(gzip)
    return response
  }
}
