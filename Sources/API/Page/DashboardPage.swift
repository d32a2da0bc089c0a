import Basics
import Storage
import WebServer
import Wire

/// A page: one file with its style and script inside, and the policy that lets only those run.
struct DashboardPage: Sendable {
  static let path = "Sources/Dashboard/index.html"

  /// The page that travels in the binary.
  static let embedded = DashboardPage(html: Assets.file(path) ?? Array("The page is missing.".utf8))

  /// The page at `/docs`, which reads the API document beside it.
  static let documentation = DashboardPage(
    html: Assets.file("Sources/Dashboard/docs.html") ?? Array("The page is missing.".utf8))

  private let tag: String
  private let whole: Response
  private let unchanged: Response

  init(html: [UInt8]) {
    tag = "\"\(Hexadecimal.text(SHA256.digest(html).prefix(8)))\""
    var fields: HTTPFields = ["ETag": tag, "Cache-Control": "no-cache"]
    unchanged = Response(304, fields: fields)
    fields.append("Content-Security-Policy", Self.policy(for: String(decoding: html, as: UTF8.self)))
    fields.append("X-Content-Type-Options", "nosniff")
    fields.append("Referrer-Policy", "no-referrer")
    whole = Response(type: "text/html; charset=utf-8", html, fields: fields)
  }

  /// The page, or 304 for a browser that has it.
  func response(to request: Request) -> Response {
    IfNoneMatch.knows(tag, request) ? unchanged : whole
  }

  /// Lets the page's own script and style run, by their hashes, and nothing that an answer could smuggle in.
  private static func policy(for html: String) -> String {
    let scripts = hashes(of: "script", in: html)
    let styles = hashes(of: "style", in: html)
    return
      "default-src 'none'; script-src \(scripts); style-src \(styles); connect-src 'self'; img-src data:; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }

  /// The sources of an element's contents, as the policy names them (CSP 3 §2.3.1).
  private static func hashes(of element: String, in html: String) -> String {
    var sources: [String] = []
    var rest = html[...]
    while let start = rest.firstRange(of: "<\(element)>"), let end = rest.firstRange(of: "</\(element)>") {
      let content = rest[start.upperBound..<end.lowerBound]
      sources.append("'sha256-\(Base64.encode(SHA256.digest(Array(content.utf8))))'")
      rest = rest[end.upperBound...]
    }
    return sources.isEmpty ? "'none'" : sources.joined(separator: " ")
  }
}
