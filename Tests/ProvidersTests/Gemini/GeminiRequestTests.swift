import Basics
import Fetch
import Model
import Testing

@testable import Providers

struct GeminiRequestTests {
  private static let hi = [CompletionRequest.Turn(role: .user, text: "Hi")]
  private static let contents = #""contents":[{"role":"user","parts":[{"text":"Hi"}]}]"#
  private static let key = ["GOOGLE_API_KEY": "AIza-1"]

  private static func body(_ request: CompletionRequest) throws -> String {
    try RequestKit.body(request, "gemini", settings: key)
  }

  @Test func `the smallest request`() throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: "gemini-2.5-flash", turns: Self.hi), "google", settings: Self.key)
    #expect(
      request.url.text
        == "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    )
    #expect(!request.allowsPlainHTTP)
    #expect(request.field("x-goog-api-key") == "AIza-1")
    #expect(String(decoding: request.body, as: UTF8.self) == "{\(Self.contents)}")
  }

  @Test(
    arguments: [
      ("https://generativelanguage.googleapis.com", "m", "/v1beta/models/m"),
      ("https://generativelanguage.googleapis.com/v1", "tunedModels/t1", "/v1/tunedModels/t1"),
      ("http://127.0.0.1:9/gemini/v1/", "models/a b", "/gemini/v1/models/a%20b"),
      ("http://127.0.0.1:9", "../../x?y", "/v1beta/%2E%2E/%2E%2E/x%3Fy"),
    ])
  func `the address says which version, the model which resource`(
    base: String, model: String, path: String
  ) throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: model, turns: Self.hi), "gemini", ["baseUrl": .string(base), "apiKey": "k"])
    #expect(request.url.text.hasSuffix("\(path):streamGenerateContent?alt=sse"))
  }

  @Test func `every setting in its own words`() throws {
    #expect(
      try Self.body(RequestKit.everything("gemini-x"))
        == #"{\#(Self.contents),"tools":[{"functionDeclarations":[{"name":"weather","description":"d","parametersJsonSchema":{"type":"object"}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"generationConfig":{"temperature":0.5,"topP":1,"topK":40,"maxOutputTokens":9,"stopSequences":["END"],"seed":7,"frequencyPenalty":0.25,"presencePenalty":-1,"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}}"#
    )
  }

  @Test func `what was said and signed goes back as it came`() throws {
    let turns = RequestKit.turns(
      by: "gemini", "gemini-3-pro", reasoning: ["thoughtSignature": "s1"],
      call: ["id": "c1", "thoughtSignature": "s2"], text: ["thoughtSignature": "s3"])
    let body = try Self.body(CompletionRequest(model: "gemini-3-pro", turns: turns))
    #expect(
      body
        == #"{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Weather?"},{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]},{"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"s1"},{"text":"Let me look.","thoughtSignature":"s3"},{"functionCall":{"id":"c1","name":"weather","args":{"city":"Rome"}},"thoughtSignature":"s2"},{"functionCall":{"name":"time","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"weather","response":{"output":"21 C"}}},{"functionResponse":{"name":"time","response":{"error":"bad"}}},{"text":"And?"}]}]}"#
    )
  }

  @Test func `another's history goes without seals, and a model that wants them is told so`() throws {
    let turns = RequestKit.turns(by: "openai", "gpt", reasoning: ["thoughtSignature": "s1"])
    let body = try Self.body(CompletionRequest(model: "gemini-3-flash", turns: turns))
    #expect(!body.contains("s1") && !body.contains("hm"))
    #expect(
      body.contains(
        #"{"functionCall":{"name":"weather","args":{"city":"Rome"}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"name":"time","args":{}}}"#
      ))
    #expect(
      try !Self.body(CompletionRequest(model: "gemini-2.5-flash", turns: turns)).contains("thoughtSignature"))
  }

  @Test func `what the decoder gives goes back unchanged`() throws {
    for sample in [GeminiSamples.text, GeminiSamples.calls] {
      let parts = GeminiDecoderTests.decode(sample).parts(by: GeminiDecoderTests.origin)
      let stored = [MessagePart](json: try JSON.parse(parts.json.text))
      let turns = Self.hi + [CompletionRequest.Turn(role: .assistant, parts: stored)]
      let body = try JSON.parse(try Self.body(CompletionRequest(model: "gemini-x", turns: turns)))
      let sent = body["contents"]?[1]?["parts"]?.array ?? []
      let came = try sample.flatMap {
        try JSON.parse($0)["candidates"]?[0]?["content"]?["parts"]?.array ?? []
      }
      func signed(_ parts: [JSON]) -> [JSON] { parts.filter { $0["thoughtSignature"] != nil } }
      #expect(signed(sent) == signed(came) && !signed(sent).isEmpty)
    }
  }

  @Test(
    arguments: [
      ("gemini-2.5-flash", .medium, #"{"includeThoughts":true,"thinkingBudget":8192}"#),
      ("gemini-2.5-flash", .off, #"{"includeThoughts":false,"thinkingBudget":0}"#),
      ("models/gemini-3-pro-preview", .low, #"{"includeThoughts":true,"thinkingLevel":"LOW"}"#),
      ("gemini-3.1-pro", .max, #"{"includeThoughts":true,"thinkingLevel":"HIGH"}"#),
    ] as [(String, ReasoningEffort, String)])
  func `thinking is asked for in the model's way`(model: String, effort: ReasoningEffort, json: String) throws
  {
    var request = CompletionRequest(model: model, turns: Self.hi)
    request.reasoningEffort = effort
    #expect(try JSON.parse(try Self.body(request))["generationConfig"]?["thinkingConfig"]?.text == json)
    request.options = ["generationConfig": ["thinkingConfig": nil, "mediaResolution": "LOW"]]
    #expect(
      try RequestKit.member("generationConfig", of: try Self.body(request)) == #"{"mediaResolution":"LOW"}"#)
  }

  @Test(
    arguments: [
      (["GOOGLE_API_KEY_1": "g3", "GEMINI_API_KEY": "m"], "g3"), (["GEMINI_API_KEY": "m"], "m"),
      (["GEMINI_API_KEY_1": "m2"], "m2"),
    ])
  func `keys have two names`(settings: [String: String], key: String) throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: "m", turns: Self.hi), "gemini", settings: settings)
    #expect(request.field("x-goog-api-key") == key)
  }
}
