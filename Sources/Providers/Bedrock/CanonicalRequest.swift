import Basics
import Fetch

/// A request in the one form in which both sides of an AWS signature must see it.
struct CanonicalRequest: Equatable, Sendable {
  /// The names of the signed fields.
  let names: String
  let text: String

  /// Takes the fields that say what is asked. Others may be changed on the way and are left out.
  init(_ request: FetchRequest) {
    let target = Target(request.url)
    let fields = Self.signedFields(request, host: target.host)
    names = fields.map(\.name).joined(separator: ";")
    let lines = fields.map { "\($0.name):\($0.value)\n" }.joined()
    let hash = Hexadecimal.text(SHA256.digest(request.body))
    text = [request.method.rawValue, target.path, target.query, lines, names, hash].joined(separator: "\n")
  }

  private static func signedFields(
    _ request: FetchRequest, host: String
  ) -> [(name: String, value: String)] {
    let named = request.fields.map { (name: $0.name.lowercased(), value: collapsed($0.value)) }
    let chosen = named.filter { $0.name == "content-type" || $0.name.hasPrefix("x-amz-") }
    return (chosen + [("host", host)]).sorted { $0.name < $1.name }
  }

  /// Without blanks at the ends, and with one where several were.
  private static func collapsed(_ value: String) -> String {
    value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }

  /// The parts of a URL as they are signed.
  private struct Target {
    /// As curl writes the `Host` field: the default port is left out.
    let host: String
    let path: String
    let query: String

    init(_ url: FetchURL) {
      let rest = url.text.drop { $0 != ":" }.dropFirst(3)
      let authority = rest.prefix { !"/?#\\".contains($0) }
      let isDefault = url.port == url.scheme.port
      let suffix = ":\(url.port)"
      host = String(isDefault && authority.hasSuffix(suffix) ? authority.dropLast(suffix.count) : authority)
      let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
      let path = target.prefix { $0 != "?" }
      // The path as it goes over the wire is encoded once more, its `%` included.
      self.path = path.isEmpty ? "/" : PercentEncoding.path(String(path))
      query = Self.canonicalQuery(target.dropFirst(path.count + 1))
    }

    /// Sorted by name, then by value. Ours are already encoded.
    private static func canonicalQuery(_ query: Substring) -> String {
      query.split(separator: "&")
        .map { pair in
          let name = pair.prefix { $0 != "=" }
          return (name: name, value: pair.dropFirst(name.count + 1))
        }
        .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        .map { "\($0.name)=\($0.value)" }
        .joined(separator: "&")
    }
  }
}
