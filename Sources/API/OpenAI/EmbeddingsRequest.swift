import Basics
import Model
import Pipelines
import Providers

/// The body of `POST /v1/embeddings`.
struct EmbeddingsRequest: Equatable, Sendable {
  /// How a vector is written.
  enum Encoding: String, Sendable {
    case float
    /// The numbers as 32-bit floats, little endian, in base64.
    case base64
  }

  let call: EmbeddingCall
  let encoding: Encoding
  /// As the caller named it.
  let model: String

  private static let most = 2048

  init(_ bytes: [UInt8]) throws(OpenAIFault) {
    let body = try OpenAIBody(bytes)
    model = try body.requiredText("model")
    let format = try body.text("encoding_format") ?? "float"
    guard let encoding = Encoding(rawValue: format) else {
      throw body.wrongValue("encoding_format", "It must be 'float' or 'base64'.")
    }
    self.encoding = encoding
    let (provider, name) = Self.place(of: model)
    var call = EmbeddingCall(provider: provider, model: name, texts: try Self.texts(body))
    if let dimensions = try body.integer("dimensions") {
      guard (1...65_536).contains(dimensions) else {
        throw body.wrongValue("dimensions", "It must be from 1 to 65536.")
      }
      call.dimensions = dimensions
    }
    self.call = call
  }

  /// `PROVIDER/MODEL`; a name without a provider that has embeddings is OpenAI's, or that of the compatible server in its place.
  private static func place(of model: String) -> (provider: String, model: String) {
    let parts = model.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, EmbeddingTable.codec(named: parts[0]) != nil else { return ("openai", model) }
    return (parts[0], parts[1])
  }

  private static func texts(_ body: OpenAIBody) throws(OpenAIFault) -> [String] {
    guard let input = body.value("input") else { throw body.missing("input") }
    let elements = input.array ?? [input]
    guard !elements.contains(where: { $0.integer != nil || $0.array != nil }) else {
      throw body.wrongType("input", "texts, as the hub's providers count tokens in different ways", input)
    }
    let texts = elements.compactMap(\.string)
    guard texts.count == elements.count else {
      throw body.wrongType("input", "a string or an array of strings", input)
    }
    guard (1...most).contains(texts.count), !texts.contains("") else {
      throw body.wrongValue("input", "There must be 1 to \(most) texts, none of them empty.")
    }
    return texts
  }

  /// The answer.
  func json(_ answer: Embedded) -> JSON {
    let data = answer.vectors.enumerated().map { index, vector -> JSON in
      ["object": "embedding", "index": .integer(Int64(index)), "embedding": json(vector)]
    }
    let tokens = JSON.integer(Int64(answer.usage.inputTokens))
    return [
      "object": "list", "data": .array(data), "model": .string(model),
      "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
    ]
  }

  private func json(_ vector: [Float]) -> JSON {
    switch encoding {
    case .float: .array(vector.map(\.json))
    case .base64:
      .string(
        Base64.encode(
          vector.flatMap { number in
            let bits = number.bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
          }))
    }
  }
}

extension Float {
  /// As few digits as tell it from every other number of 32 bits: 0.1 and not 0.10000000149011612.
  var json: JSON { .number(Double(description) ?? Double(self)) }
}
