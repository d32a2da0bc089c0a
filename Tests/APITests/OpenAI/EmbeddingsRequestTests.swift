import Basics
import Model
import Pipelines
import Providers
import Testing
import Wire

@testable import API

struct EmbeddingsRequestTests {
  private static func read(_ json: JSON) throws -> EmbeddingsRequest { try EmbeddingsRequest(json.bytes) }

  @Test(arguments: [
    ("text-embedding-3-small", "openai", "text-embedding-3-small"), ("gemini/m", "gemini", "m"),
    ("ollama/library/nomic", "ollama", "library/nomic"), ("BAAI/bge-m3", "openai", "BAAI/bge-m3"),
    ("anthropic/m", "openai", "anthropic/m"),
  ])
  func `a model may name its provider`(model: String, provider: String, name: String) throws {
    let request = try Self.read(["model": .string(model), "input": "x"])
    #expect(request.call.provider == provider && request.call.model == name && request.model == model)
    #expect(request.call.texts == ["x"] && request.encoding == .float && request.call.dimensions == nil)
  }

  static let wrong: [(JSON, param: String, code: String)] = [
    (["input": "x"], "model", "missing_required_parameter"),
    (["model": "m"], "input", "missing_required_parameter"),
    (["model": "m", "input": ""], "input", "invalid_value"),
    (["model": "m", "input": []], "input", "invalid_value"),
    (["model": "m", "input": ["a", ""]], "input", "invalid_value"),
    (["model": "m", "input": [1, 2]], "input", "invalid_type"),
    (["model": "m", "input": [[1, 2]]], "input", "invalid_type"),
    (["model": "m", "input": true], "input", "invalid_type"),
    (["model": "m", "input": "x", "encoding_format": "hex"], "encoding_format", "invalid_value"),
    (["model": "m", "input": "x", "dimensions": 0], "dimensions", "invalid_value"),
    (["model": "m", "input": "x", "dimensions": "many"], "dimensions", "invalid_type"),
  ]

  @Test(arguments: wrong) func `what is wrong is named`(body: JSON, param: String, code: String) {
    let fault = #expect(throws: OpenAIFault.self) { try Self.read(body) }
    #expect(fault?.param == param && fault?.code == code && fault?.status == 400, "\(fault as Any)")
  }

  @Test func `vectors go as numbers, or as their bytes`() throws {
    let answer = Embedded(
      id: Identifier("r"), vectors: [[0.1, -2.5], [1, 0]], usage: Usage(inputTokens: 3, outputTokens: 0),
      cost: nil)
    let floats = try Self.read(["model": "m", "input": ["a", "b"]]).json(answer)
    #expect(
      floats.text
        == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2.5]},"#
        + #"{"object":"embedding","index":1,"embedding":[1.0,0.0]}],"model":"m","#
        + #""usage":{"prompt_tokens":3,"total_tokens":3}}"#)
    let bytes = try Self.read(["model": "m", "input": "a", "encoding_format": "base64"]).json(answer)
    // 0.1 is 0x3DCCCCCD, -2.5 is 0xC0200000.
    #expect(
      bytes["data"]?[0]?["embedding"]?.string == Base64.encode([0xCD, 0xCC, 0xCC, 0x3D, 0, 0, 0x20, 0xC0]))
  }
}
