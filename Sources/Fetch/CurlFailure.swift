import CCurl

extension FetchError {
  /// Turns curl's result into our error.
  ///
  /// - Parameters:
  ///   - code: anything but `CURLE_OK`.
  ///   - detail: curl's own words, kept only where they cannot hold a URL.
  init(curl code: CURLcode, detail: String, host: String, connectTimeout: Duration) {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
      self.init(.badURL, "The URL of \(host) is not valid.", hint: "Write it like https://host:port/path.")
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      self.init(
        .hostNotFound, "The host name \(host) could not be found.",
        hint: "Check the base URL and the DNS of this machine.")
    case CURLE_COULDNT_CONNECT:
      self.init(
        .connectFailed, "Could not connect to \(host).", hint: "Is the server running, and is its port right?"
      )
    case CURLE_OPERATION_TIMEDOUT:
      // The other timeouts are ours; curl only knows the one for connecting.
      self = .timeout(.timeoutConnect, host: host, after: connectTimeout)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS:
      self.init(
        .tlsFailed, "The TLS connection to \(host) failed: \(detail).",
        hint: "Is the package ca-certificates installed, and does the server speak TLS 1.2 or newer?")
    case CURLE_PARTIAL_FILE:
      self.init(.truncated, "The answer of \(host) ended too early.")
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR:
      self.init(.connectionLost, "The connection to \(host) broke.")
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
      self.init(
        .invalidResponse, "\(host) does not answer with HTTP that can be read.",
        hint: "Check the port of the base URL.")
    default:
      self.init(.curlFailed, "The transfer from \(host) failed (curl \(code.rawValue)).")
    }
  }
}
