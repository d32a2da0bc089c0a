/// One HTTP request, complete.
package struct FetchRequest: Sendable {
  /// The methods that providers and tools ask for.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether a request of the method carries a body.
    var hasBody: Bool { self != .get && self != .delete }
  }

  package var method: Method
  package var url: FetchURL
  /// Header fields in order; `Host`, `Content-Length` and `User-Agent` are added.
  package var fields: [(name: String, value: String)]
  package var body: [UInt8]
  package var timeouts: FetchTimeouts
  /// Whether `http://` is acceptable, for servers on this machine or network.
  package var allowsPlainHTTP: Bool
  /// Whether this machine and private networks may be reached; false for addresses that strangers may choose.
  package var allowsPrivateAddresses = true

  package init(
    method: Method = .post, url: FetchURL, fields: [(name: String, value: String)] = [], body: [UInt8] = [],
    timeouts: FetchTimeouts = FetchTimeouts(), allowsPlainHTTP: Bool = false
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.timeouts = timeouts
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  /// Refuses what would change the meaning of the request on the wire.
  ///
  /// - Parameter isProxied: whether a proxy looks the name up, so that only what stands in the URL itself can be judged here.
  /// - Throws: `bad_url`, `bad_field`, `blocked_address`.
  func validate(isProxied: Bool = false) throws(FetchError) {
    if isProxied, leadsToBlockedAddress {
      throw .blockedAddress(host: url.host, allowsPrivate: allowsPrivateAddresses)
    }
    guard allowsPlainHTTP || url.scheme == .https else {
      throw FetchError(.badURL, "The URL of \(url.host) must begin with https://.")
    }
    for (name, value) in fields where !Self.isToken(name) || !Self.isFieldValue(value) {
      throw FetchError(
        .badField,
        "The header field \(Self.isToken(name) ? name : "(unnamed)") for \(url.host) holds a character that is not allowed.",
        hint: "Look for a line break or a stray control character in a key or setting.")
    }
  }

  private var leadsToBlockedAddress: Bool {
    if let isBlocked = BlockedAddress.contains(url.host, allowsPrivate: allowsPrivateAddresses) {
      return isBlocked
    }
    let isLocalName = url.host == "localhost" || url.host.hasSuffix(".localhost")
    return isLocalName && !allowsPrivateAddresses
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// RFC 9110 §5.5: no CR, LF or NUL, which would end the field, nor other controls.
  private static func isFieldValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }
}
