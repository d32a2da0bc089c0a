import Basics
import Compression
import Storage
import WebServer
import Wire

/// A file that travels in the binary, ready to be sent: plain and compressed, each with its tag, made once.
struct StaticFile: Sendable {
  /// One of the two forms.
  private struct Form {
    let tag: String
    let whole: Response
    let unchanged: Response

    init(_ bytes: [UInt8], tag: String, type: String, encoding: String?) {
      self.tag = tag
      // Not to be used unasked: after an update of the hub an old script must not meet a new page. Asking costs a 304.
      let fields: HTTPFields = ["ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"]
      unchanged = Response(304, fields: fields)
      var head = fields
      if let encoding { head.append("Content-Encoding", encoding) }
      head.append("Content-Security-Policy", ContentPolicy.strict)
      head.append("X-Content-Type-Options", "nosniff")
      head.append("Referrer-Policy", "no-referrer")
      whole = Response(type: type, bytes, fields: head)
    }
  }

  private let plain: Form
  /// Nil when there is nothing to gain.
  private let compressed: Form?

  /// A file of the binary.
  ///
  /// - Parameter path: from the project's root.
  init(_ path: String) {
    let bytes = Assets.file(path) ?? Array("This file is missing in the binary.".utf8)
    self.init(bytes, type: MediaType.of(path))
  }

  init(_ bytes: [UInt8], type: String) {
    let digest = Hexadecimal.text(SHA256.digest(bytes).prefix(8))
    plain = Form(bytes, tag: "\"\(digest)\"", type: type, encoding: nil)
    // Without memory for zlib the file goes out as it is.
    let gzip = (try? Gzip.compress(bytes)) ?? bytes
    compressed =
      gzip.count < bytes.count
      ? Form(gzip, tag: "\"\(digest)-gzip\"", type: type, encoding: "gzip") : nil
  }

  /// The file in the form that the browser takes, or 304 for one that has it.
  func response(to request: Request) -> Response {
    let forms = [plain, compressed].compactMap { $0 }
    if let known = forms.first(where: { IfNoneMatch.knows($0.tag, request) }) { return known.unchanged }
    guard let compressed, AcceptEncoding.takesGzip(request) else { return plain.whole }
    return compressed.whole
  }
}

/// The `Accept-Encoding` of a request (RFC 9110 §12.5.3), as far as a server needs it that has one encoding.
enum AcceptEncoding {
  /// Whether gzip is named, by itself or by `*`, and not with a weight of zero.
  static func takesGzip(_ request: Request) -> Bool {
    let codings = request.fields.list("Accept-Encoding").map(coding)
    let named = codings.first { $0.name == "gzip" } ?? codings.first { $0.name == "*" }
    return named?.isWanted ?? false
  }

  private static func coding(_ item: String) -> (name: String, isWanted: Bool) {
    let parts = item.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
    let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
    return (parts.first ?? "", weight.flatMap { Double($0) } != 0)
  }
}

/// What a file is, by the end of its name.
enum MediaType {
  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
  ]

  static func of(_ path: String) -> String {
    let ending = path.split(separator: ".").last.map(String.init) ?? ""
    return types[ending] ?? "application/octet-stream"
  }
}
