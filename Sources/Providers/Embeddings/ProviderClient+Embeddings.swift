import Basics
import Fetch
import Model

extension ProviderClient {
  /// Bytes of one answer; 256 vectors of 3,072 numbers in decimal are some 15 MB.
  private static var answerLimit: Int { 32 << 20 }

  /// Turns texts into vectors, in as many requests one after the other as the provider needs for them.
  ///
  /// - Throws: why there is no answer; nothing of it is given then.
  package func embed(_ call: EmbeddingCall) async throws(ProviderError) -> EmbeddingAnswer {
    guard let codec = EmbeddingTable.codec(named: call.provider) else {
      throw ProviderError(
        .unsupported, "The provider \(call.provider) has no embeddings.",
        hint: "Use one of these: \(EmbeddingTable.available).", provider: call.provider, model: call.model)
    }
    var answer = EmbeddingAnswer(vectors: [])
    for start in stride(from: 0, to: call.texts.count, by: codec.maximumTexts) {
      var part = call
      part.texts = Array(call.texts[start..<min(start + codec.maximumTexts, call.texts.count)])
      answer.add(try await send(part, codec))
    }
    return answer
  }

  private func send(_ call: EmbeddingCall, _ codec: any EmbeddingCodec) async throws(ProviderError)
    -> EmbeddingAnswer
  {
    let encoded = try codec.encode(call, settings: settings).with(call.configuration.providerHeaders)
    let (head, body) = try await fetch(encoded, limit: Self.answerLimit)
    let answer: EmbeddingAnswer
    do throws(ProviderError) {
      answer = try codec.decode(body, origin: encoded.origin)
    } catch {
      var error = error
      error.request = error.request ?? head.requestID
      throw error
    }
    guard answer.vectors.count == call.texts.count else {
      throw encoded.origin.failure(
        .malformed, "\(answer.vectors.count) embeddings came for \(call.texts.count) texts.")
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

extension EmbeddingAnswer {
  fileprivate mutating func add(_ more: EmbeddingAnswer) {
    vectors += more.vectors
    guard let counted = more.usage else { return }
    usage = Usage(inputTokens: (usage?.inputTokens ?? 0) + counted.inputTokens, outputTokens: 0)
  }
}
