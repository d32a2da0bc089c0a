package import Basics
package import Fetch

/// One vendor's dialect: turns a call into HTTP, and bytes into events. Has no state; decoders have.
package protocol ProviderCodec: Sendable {
  /// Writes the request.
  ///
  /// - Throws: `provider_key_missing`, `provider_invalid_request`; nothing was sent then.
  func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall

  /// Makes the reader of one answer whose status is good.
  func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder
}

/// A call ready to be sent.
package struct EncodedCall: Sendable {
  package var request: FetchRequest
  package var origin: ProviderOrigin
  /// Proves at the moment of sending who sends; nil for calls whose request holds its key.
  var signer: AWSSigner?

  /// The request as it is sent.
  ///
  /// - Parameter time: the wall clock's; signatures grow old.
  package func request(at time: Timestamp) -> FetchRequest { signer?.signed(request, at: time) ?? request }
}

extension EncodedCall {
  /// The call with an agent's own fields in its head; they take the place of the codec's.
  func with(_ headers: [String: String]) -> EncodedCall {
    var call = self
    // In one order, so that equal calls are equal.
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
      call.request.fields.removeAll { $0.name.lowercased() == name.lowercased() }
      call.request.fields.append((name, value))
    }
    return call
  }
}

/// Reads one answer, whatever pieces its bytes come in.
///
/// Events are appended, not returned, so that those before a fault are not lost when it is thrown.
package protocol ProviderDecoder: Sendable {
  /// Takes the next bytes of the body.
  ///
  /// - Throws: what the server reports, `provider_malformed`, or `provider_truncated`; the decoder is of no more use then.
  mutating func receive(_ bytes: [UInt8], into events: inout [ProviderEvent]) throws(ProviderError)

  /// Says that the body is over: appends what was held back, or throws `provider_truncated`.
  mutating func end(into events: inout [ProviderEvent]) throws(ProviderError)

  /// Says that nothing more can come because the connection broke, or the decoder itself threw: appends what is known nevertheless, above all the ends
  /// of open calls and the tokens so far.
  mutating func abandon(into events: inout [ProviderEvent])

  /// Whether the server said why the answer ends; a connection that breaks after that harms nothing.
  var isComplete: Bool { get }
}

extension ProviderDecoder {
  package mutating func abandon(into events: inout [ProviderEvent]) {}
}
