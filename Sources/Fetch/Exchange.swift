import CCurl
import Glibc

/// A request that the fetch thread should start.
struct FetchOrder: Sendable {
  let number: UInt64
  let request: FetchRequest
  let channel: TransferChannel
}

/// One easy handle with everything it points to. Lives on the fetch thread only.
final class Exchange {
  let number: UInt64
  let easy: UnsafeMutableRawPointer
  let channel: TransferChannel
  let host: String
  private(set) var timers: TransferTimers
  private let connectTimeout: Duration
  /// Whether its sockets may lead to this machine and to private networks; a proxy stands where the operator put it.
  private let reachesPrivate: Bool
  /// The name led to an address that is not called.
  private var wasBlocked = false
  private var parser = FetchHeadParser()
  /// curl keeps pointers to both until the handle is gone.
  private var fields: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  init(_ order: FetchOrder, configuration: FetchConfiguration, now: UInt64) throws(FetchError) {
    guard let easy = curl_easy_init() else {
      throw FetchError(.curlFailed, "curl has no memory for a transfer.")
    }
    self.easy = easy
    number = order.number
    channel = order.channel
    host = order.request.url.host
    connectTimeout = order.request.timeouts.connect
    reachesPrivate = order.request.allowsPrivateAddresses || !configuration.proxy.isEmpty
    timers = TransferTimers(order.request.timeouts, now: now)
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try configure(configuration)
    try configure(order.request)
    try installCallbacks()
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(fields)
    errorText.deallocate()
  }

  /// Ends the reader's stream with curl's verdict.
  func finish(_ code: CURLcode) {
    guard code != CURLE_OK else { return channel.finish(.success(())) }
    if wasBlocked, code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK {
      return channel.finish(.failure(.blockedAddress(host: host, allowsPrivate: reachesPrivate)))
    }
    let detail = String(cString: errorText)
    channel.finish(
      .failure(FetchError(curl: code, detail: detail, host: host, connectTimeout: connectTimeout)))
  }

  func fail(_ timeout: FetchError.Code) {
    channel.finish(.failure(.timeout(timeout, host: host, after: timers.limit(of: timeout))))
  }

  /// Reads the socket again. curl may bring bytes from inside this call.
  func resume(now: UInt64) {
    timers.resumed(now: now)
    curl_easy_pause(easy, 0)
  }

  /// Nobody reads any more; the rest may come for a second.
  func linger(now: UInt64) {
    timers.end(by: now + 1_000_000_000)
    resume(now: now)
  }

  // MARK: Callbacks

  /// Opens the socket for an address that was looked up, so that no name can lead where no model server is.
  fileprivate func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Int32 {
    // curl declares the address shorter than the one of IPv6 that stands there, so it is reached by its offset.
    let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
    guard !BlockedAddress.contains(UnsafeRawPointer(address) + offset, allowsPrivate: reachesPrivate) else {
      wasBlocked = true
      return -1
    }
    let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return socket(address.pointee.family, type, address.pointee.protocol)
  }

  /// Looks at the address again before anything is sent: a connection that another transfer opened may be used once more.
  fileprivate func beginRequest(to address: UnsafePointer<CChar>) -> Int32 {
    if BlockedAddress.contains(String(cString: address), allowsPrivate: reachesPrivate) == false {
      return CURL_PREREQFUNC_OK
    }
    wasBlocked = true
    return CURL_PREREQFUNC_ABORT
  }

  fileprivate func receiveHead(_ line: UnsafeRawBufferPointer) -> Int {
    timers.received(now: Fetcher.now)
    switch parser.receive(line) {
    case .more: return line.count
    case .head(let head):
      channel.open(head)
      return line.count
    case .tooLarge: return 0
    }
  }

  fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    timers.received(now: Fetcher.now)
    switch channel.append(bytes) {
    case .taken: return bytes.count
    case .full:
      timers.paused()
      return Int(CURL_WRITEFUNC_PAUSE)
    }
  }
}

// MARK: Options

extension Exchange {
  private func configure(_ configuration: FetchConfiguration) throws(FetchError) {
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_NOPROGRESS, 1)
    // A paused HTTP/2 stream buffers 32 MiB, a paused HTTP/1.1 one 16 KiB.
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    // A redirect would take our key to another host.
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    // NATs drop connections of models that think in silence.
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_TCP_KEEPIDLE, 30)
    try set(CURLOPT_TCP_KEEPINTVL, 15)
    // Below the 60 s after which common load balancers drop idle connections.
    try set(CURLOPT_MAXAGE_CONN, 50)
    // Each transfer has a buffer of its own. Events of a stream are some hundred bytes; 16 KiB, curl's default, made up a quarter of a
    // stream's memory.
    try set(CURLOPT_BUFFERSIZE, 4096)
    // Removing a handle must not wait for its name look-up.
    try set(CURLOPT_QUICK_EXIT, 1)
    try set(CURLOPT_PROXY, configuration.proxy)
    try set(CURLOPT_USERAGENT, configuration.userAgent)
    if let file = configuration.certificateAuthorities { try set(CURLOPT_CAINFO, file) }
  }

  private func configure(_ request: FetchRequest) throws(FetchError) {
    try set(CURLOPT_URL, request.url.text)
    try set(CURLOPT_PROTOCOLS_STR, request.allowsPlainHTTP ? "http,https" : "https")
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.timeouts.connect.nanoseconds / 1_000_000)))
    // curl would wait a second for `100 Continue` before a body above 1 MiB.
    var lines = ["Expect:"]
    for (name, value) in request.fields { lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)") }
    for line in lines {
      guard let longer = curl_slist_append(fields, line) else { throw refused(CURLE_OUT_OF_MEMORY) }
      fields = longer
    }
    try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, fields))
    if request.method.hasBody { try setBody(request.body) }
    // A body makes it POST, none makes it GET.
    if request.method != .get, request.method != .post {
      try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
  }

  private func setBody(_ body: [UInt8]) throws(FetchError) {
    try set(CURLOPT_POST, 1)
    try check(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count))
    // An empty array has no address, but a null would make curl read the body from a callback.
    let bytes = body.isEmpty ? [0] : body
    let code = bytes.withUnsafeBytes { buffer in
      ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: buffer.baseAddress))
    }
    try check(code)
  }

  private func installCallbacks() throws(FetchError) {
    // Unretained: the loop holds the exchange until the handle is removed.
    let this = Unmanaged.passUnretained(self).toOpaque()
    try check(ccurl_set_pointer(easy, CURLOPT_PRIVATE, this))
    try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, this))
    try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, this))
    try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
    try check(ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, this))
    try check(
      ccurl_set_open_socket_function(easy) { this, _, address in
        guard let exchange = Exchange.from(this), let address else { return -1 }
        return exchange.openSocket(address)
      })
    try check(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, this))
    try check(
      ccurl_set_prerequest_function(easy) { this, address, _, _, _ in
        guard let exchange = Exchange.from(this), let address else { return CURL_PREREQFUNC_ABORT }
        return exchange.beginRequest(to: address)
      })
    try check(
      ccurl_set_data_function(easy, CURLOPT_HEADERFUNCTION) { line, size, count, this in
        guard let exchange = Exchange.from(this) else { return 0 }
        return exchange.receiveHead(UnsafeRawBufferPointer(start: line, count: size * count))
      })
    try check(
      ccurl_set_data_function(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
        guard let exchange = Exchange.from(this) else { return 0 }
        return exchange.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
      })
  }

  /// The exchange behind a pointer that curl was given.
  static func from(_ pointer: UnsafeMutableRawPointer?) -> Exchange? {
    pointer.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
  }

  private func set(_ option: CURLoption, _ value: Int) throws(FetchError) {
    try check(ccurl_set_long(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(FetchError) {
    try check(ccurl_set_string(easy, option, value))
  }

  private func check(_ code: CURLcode) throws(FetchError) {
    if code != CURLE_OK { throw refused(code) }
  }

  private func refused(_ code: CURLcode) -> FetchError {
    FetchError(.curlFailed, "curl refused to prepare a transfer from \(host) (curl \(code.rawValue)).")
  }
}
