import Basics
import Fetch
import Model

extension ProviderClient {
  /// Begins every digest; another one makes all answers that are kept unknown.
  private static let digestVersion = "agenthub answer 1"
  /// Stands for keys: an answer does not depend on who pays for it, and a digest must not tell.
  private static let anyKey = "-"
  private static let keyFields: Set<String> = [
    "authorization", "api-key", "x-api-key", "x-goog-api-key", "provider-key",
  ]

  /// Names all that determines a call's answer: the request as its dialect writes it (server, model, prompt, messages with their parts, tools,
  /// sampling, format, the agent's own options and fields), how the answer is read, and whose data it is. Keys and time-outs are not in it.
  ///
  /// The request is the one place where nothing can be forgotten: what is not in it, the provider does not know.
  ///
  /// - Returns: 64 hexadecimal digits; nil for a call that the hub answers itself.
  /// - Throws: why the request cannot be written.
  package func digest(of call: ProviderCall, tenant: String = "default") throws(ProviderError) -> String? {
    var call = call
    if call.configuration.apiKey != nil { call.configuration.apiKey = Self.anyKey }
    if call.configuration.providerKey != nil { call.configuration.providerKey = Self.anyKey }
    guard case .http(let encoded, _) = try prepare(call, key: Self.anyKey) else { return nil }
    let request = encoded.request
    var bytes: [UInt8] = []
    bytes.reserveCapacity(request.body.count + 512)
    let origin = encoded.origin
    let words = [
      Self.digestVersion, tenant, origin.provider, origin.variant ?? "", "\(origin.readsThinkTags)",
      request.method.rawValue, request.url.text,
    ]
    for word in words { bytes.appendFramed(word.utf8) }
    for (name, value) in request.fields where !Self.keyFields.contains(name.lowercased()) {
      bytes.appendFramed(name.lowercased().utf8)
      bytes.appendFramed(value.utf8)
    }
    bytes.appendFramed(request.body)
    return Hexadecimal.text(SHA256.digest(bytes))
  }
}

extension [UInt8] {
  /// Appends a piece behind its length, so that no two lists of pieces are the same bytes.
  fileprivate mutating func appendFramed(_ piece: some Collection<UInt8>) {
    let count = UInt64(piece.count)
    for shift in stride(from: UInt64(0), to: 64, by: 8) { append(UInt8(truncatingIfNeeded: count >> shift)) }
    append(contentsOf: piece)
  }
}
