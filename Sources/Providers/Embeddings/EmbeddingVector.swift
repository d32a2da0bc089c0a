import Basics
import Model

extension ProviderOrigin {
  /// The origin with words for what was asked.
  var embedding: ProviderOrigin {
    var origin = self
    origin.task = "get embeddings"
    return origin
  }

  /// The body of an answer with vectors.
  ///
  /// - Throws: the error that the server put into it, `provider_malformed`.
  func embeddings(in body: [UInt8]) throws(ProviderError) -> JSON {
    let json = try json(body)
    if let error = json["error"]?.unlessNull ?? json[0]?["error"]?.unlessNull {
      throw ErrorClassifier(self).inStream(["error": error])
    }
    return json
  }

  /// Reads vectors: each an array of numbers, or base64 of 32-bit floats with the lowest byte first.
  ///
  /// - Throws: `provider_malformed` when one is missing, holds something else, or is of another length than the first.
  func vectors(_ all: [JSON?]) throws(ProviderError) -> [[Float]] {
    var vectors: [[Float]] = []
    for json in all {
      guard let vector = Self.vector(json), !vector.isEmpty, vector.allSatisfy(\.isFinite),
        vector.count == vectors.first?.count ?? vector.count
      else { throw failure(.malformed, "an embedding cannot be read.") }
      vectors.append(vector)
    }
    return vectors
  }

  private static func vector(_ json: JSON?) -> [Float]? {
    if let text = json?.string { return Base64.decode(text).flatMap(floats) }
    guard let array = json?.array else { return nil }
    let numbers = array.compactMap { $0.number.map { Float($0) } }
    return numbers.count == array.count ? numbers : nil
  }

  private static func floats(_ bytes: [UInt8]) -> [Float]? {
    guard bytes.count % 4 == 0 else { return nil }
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }
  }
}
