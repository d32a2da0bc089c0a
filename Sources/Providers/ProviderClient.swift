package import Basics
package import Fetch
import Model

/// Calls providers. Every call is one attempt: nothing is retried here.
package struct ProviderClient: Sendable {
  /// A call that is ready to be sent.
  package indirect enum Prepared: Sendable {
    case http(EncodedCall, any ProviderCodec)
    /// Answered by the hub itself: no provider is asked.
    case builtIn(ProviderCall)

    /// Whether a provider is asked at all.
    package var isUpstream: Bool { server != nil }

    /// The host that is asked, as prices name it; nil when none is.
    package var server: String? { if case .http(let call, _) = self { call.request.url.host } else { nil } }
  }

  /// Who may call, and with which key.
  package let gate: ProviderGate
  private let fetcher: Fetcher
  let settings: ProviderSettings
  private let allowsPrivateAddresses: Bool
  private let log: Log

  /// - Parameters:
  ///   - gate: nil makes one from the settings that remembers nothing of earlier processes.
  ///   - allowsPrivateAddresses: whether addresses that agents bring may lead to this machine and to private networks.
  package init(
    fetcher: Fetcher, settings: ProviderSettings, gate: ProviderGate? = nil,
    allowsPrivateAddresses: Bool = true,
    log: Log
  ) {
    self.allowsPrivateAddresses = allowsPrivateAddresses
    self.fetcher = fetcher
    self.settings = settings
    self.gate = gate ?? ProviderGate(settings: settings, log: log)
    self.log = log
  }

  /// Nanoseconds of the monotonic clock, the one of `ProviderStream.next`'s deadline.
  package static var now: UInt64 { Fetcher.now }

  /// Sends a call and waits until its answer begins.
  ///
  /// - Throws: why there is no answer; the class of the failure is its `kind`.
  package func stream(_ call: ProviderCall, key: String? = nil) async throws(ProviderError) -> ProviderStream
  {
    try await send(prepare(call, key: key))
  }

  /// Writes a call's request; nothing is sent yet.
  ///
  /// - Parameter key: from the provider's pool; nil leaves the choice to the codec.
  package func prepare(_ call: ProviderCall, key: String? = nil) throws(ProviderError) -> Prepared {
    guard let row = ProviderTable.row(named: call.provider) else {
      throw .unknownProvider(call)
    }
    switch row.access {
    case .http(let codec):
      var settings = settings
      if let key, let source = row.keys { settings = settings.choosing(key, for: source.key) }
      let encoded = try codec.encode(call, settings: settings).with(call.configuration.providerHeaders)
      return .http(encoded, codec)
    case .builtIn: return .builtIn(call)
    // As a fallback, say: only an agent can be a pipeline.
    case .pipeline: throw .unknownProvider(call)
    }
  }

  /// Sends a call and waits until its answer begins.
  ///
  /// - Throws: why there is no answer; the class of the failure is its `kind`.
  package func send(_ prepared: Prepared) async throws(ProviderError) -> ProviderStream {
    switch prepared {
    case .http(let encoded, let codec): return try await send(encoded, codec)
    case .builtIn(let call): return ProviderStream(DemoScript(call))
    }
  }

  private func send(_ encoded: EncodedCall, _ codec: any ProviderCodec) async throws(ProviderError)
    -> ProviderStream
  {
    let (transfer, head) = try await begin(encoded)
    let decoder = codec.makeDecoder(head, origin: encoded.origin)
    return ProviderStream(transfer, decoder, origin: encoded.origin, request: head.requestID)
  }

  /// Sends a request and waits until its answer begins, with a status that is good.
  func begin(_ call: EncodedCall) async throws(ProviderError) -> (Transfer, FetchHead) {
    var request = call.request(at: Fetcher.wallTime)
    request.allowsPrivateAddresses = mayBePrivate(request.url)
    let transfer = fetcher.start(request)
    let head: FetchHead
    do throws(FetchError) {
      head = try await transfer.head()
    } catch {
      throw call.origin.failure(error, phase: .connect)
    }
    guard (200..<300).contains(head.status) else { throw await refusal(head, transfer, call.origin) }
    return (transfer, head)
  }

  /// Whether a server may stand on this machine or in a private network: where agents may choose such, or the operator or the provider's
  /// dialect itself did.
  func mayBePrivate(_ url: FetchURL) -> Bool {
    if allowsPrivateAddresses { return true }
    return ProviderTable.rows.contains { row in
      let chosen = row.settings.compactMap { settings[$0] } + (row.keys.map { [$0.official] } ?? [])
      return chosen.contains { text in (try? FetchURL(text))?.hasSameOrigin(as: url) == true }
    }
  }

  /// Reads what the server says about its refusal. A body that breaks off is as good as its beginning.
  private func refusal(_ head: FetchHead, _ transfer: Transfer, _ origin: ProviderOrigin) async
    -> ProviderError
  {
    var body: [UInt8] = []
    reading: while body.count < 64 * 1024 {
      switch try? await transfer.next(until: Fetcher.now + 10_000_000_000) {
      case .bytes(let bytes): body += bytes
      case .end, .deadline, nil: break reading
      }
    }
    transfer.cancel()
    let error = ErrorClassifier(origin).refusal(head, body: Array(body.prefix(64 * 1024)))
    log.write(
      .info, "provider refused a call",
      [
        "provider": origin.provider, "status": "\(head.status)", "code": error.code,
        "request": error.request ?? "-",
      ])
    return error
  }
}
