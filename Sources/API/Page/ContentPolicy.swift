import Basics

/// What a page may load and run (CSP 3).
enum ContentPolicy {
  /// The hub's own files and nothing else: no script or style inside a page, no text as code, no markup from text, no frame around it.
  static let strict = policy(
    scripts: "'self'", styles: "'self'", more: "; require-trusted-types-for 'script'; trusted-types 'none'")

  /// A page's own script and style, by their hashes, and nothing that an answer could smuggle in.
  static func hashes(of html: String) -> String {
    policy(scripts: hashes(of: "script", in: html), styles: hashes(of: "style", in: html), more: "")
  }

  private static func policy(scripts: String, styles: String, more: String) -> String {
    "default-src 'none'; script-src \(scripts); style-src \(styles); connect-src 'self'; img-src 'self' data:; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\(more)"
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
