import Basics
import Fetch
import Model

extension ProviderClient {
  /// Bytes of one answer; 256 vectors of 3,072 numbers in decimal are some 15 MB.
  private static var answerLimit: Int { 32 << 20 }

  /// An embedding's request that is ready to be sent.
  package struct PreparedEmbedding: Sendable {
    let call: EmbeddingCall
    let encoded: EncodedCall
    let codec: any EmbeddingCodec

    /// The host that is asked, as prices name it.
    package var server: String { encoded.request.url.host }
  }

  /// Writes an embedding's request; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - call: one of `parts()`.
  ///   - key: from the provider's pool; nil leaves the choice to the codec.
  /// - Throws: `provider_unsupported`, `provider_key_missing`, `provider_invalid_request`.
  package func prepare(
    _ call: EmbeddingCall, key: String? = nil
  ) throws(ProviderError) -> PreparedEmbedding {
    let codec = try EmbeddingTable.requiredCodec(for: call)
    var settings = settings
    if let key, let source = ProviderTable.row(named: call.provider)?.keys {
      settings = settings.choosing(key, for: source.key)
    }
    let encoded = try codec.encode(call, settings: settings).with(call.configuration.providerHeaders)
    return PreparedEmbedding(call: call, encoded: encoded, codec: codec)
  }

  /// Turns the texts of one request into vectors.
  ///
  /// - Throws: why there is no answer.
  package func send(_ prepared: PreparedEmbedding) async throws(ProviderError) -> EmbeddingAnswer {
    let encoded = prepared.encoded
    let (head, body) = try await fetch(encoded, limit: Self.answerLimit)
    let answer: EmbeddingAnswer
    do throws(ProviderError) {
      answer = try prepared.codec.decode(body, origin: encoded.origin)
    } catch {
      var error = error
      error.request = error.request ?? head.requestID
      throw error
    }
    guard answer.vectors.count == prepared.call.texts.count else {
      throw encoded.origin.failure(
        .malformed, "\(answer.vectors.count) embeddings came for \(prepared.call.texts.count) texts.")
    }
    return answer
  }

  /// Sends a request and waits for its whole answer.
  private func fetch(_ call: EncodedCall, limit: Int) async throws(ProviderError) -> (FetchHead, [UInt8]) {
    let (transfer, head) = try await begin(call)
    var body: [UInt8] = []
    do throws(FetchError) {
      while case .bytes(let bytes) = try await transfer.next(until: nil) {
        body += bytes
        guard body.count <= limit else { break }
      }
    } catch {
      throw call.origin.failure(error, phase: .stream)
    }
    guard body.count <= limit else {
      transfer.cancel()
      throw call.origin.failure(.malformed, "the answer is larger than \(limit >> 20) MiB.")
    }
    return (head, body)
  }
}
