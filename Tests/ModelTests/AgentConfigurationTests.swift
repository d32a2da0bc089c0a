import Basics
import Model
import Testing

struct AgentConfigurationTests {
  @Test func `known members are read and others ignored`() throws {
    let configuration = try AgentConfiguration([
      "baseUrl": "http://127.0.0.1:8080/v1", "apiKey": "k", "systemPrompt": "Be brief.", "temperature": 0,
      "maxTokens": 64.0,
      "topP": 0.5, "stop": "END", "timeouts": ["idle": 1.5], "paceMilliseconds": 0, "authPrefix": "",
      "colour": ["blue"],
      "providerKey": nil,
    ])
    #expect(configuration.baseUrl == "http://127.0.0.1:8080/v1")
    #expect(configuration.temperature == 0)
    #expect(configuration.maxTokens == 64)
    #expect(configuration.stop == ["END"])
    #expect(configuration.timeouts.idle == 1.5)
    #expect(configuration.timeouts.total == nil)
    #expect(configuration.authPrefix == "")
    #expect(configuration.providerKey == nil)
  }

  @Test func `what an answer shall be like is read`() throws {
    let configuration = try AgentConfiguration([
      "topK": 40, "seed": -7, "frequencyPenalty": 0.5, "presencePenalty": -2, "reasoningEffort": "high",
      "responseFormat": ["name": "city_1", "schema": ["type": "object"], "strict": true],
      "providerOptions": ["verbosity": "low"],
    ])
    #expect(configuration.topK == 40 && configuration.seed == -7)
    #expect(configuration.frequencyPenalty == 0.5 && configuration.presencePenalty == -2)
    #expect(configuration.reasoningEffort == .high)
    #expect(
      configuration.responseFormat
        == .schema(AnswerSchema(name: "city_1", schema: ["type": "object"], isStrict: true)))
    #expect(configuration.providerOptions == ["verbosity": "low"])
    #expect(try AgentConfiguration(["responseFormat": "json"]).responseFormat == .json)
    #expect(try AgentConfiguration(["responseFormat": "text"]).responseFormat == nil)
  }

  @Test func `fallbacks are read in their order`() throws {
    let configuration = try AgentConfiguration([
      "fallbacks": [
        ["provider": "bedrock", "model": "a"],
        ["provider": "openai", "model": "b", "baseUrl": "http://h/v1", "apiKey": "k"],
      ]
    ])
    #expect(configuration.fallbacks.map(\.provider) == ["bedrock", "openai"])
    #expect(configuration.fallbacks.map(\.model) == ["a", "b"])
    #expect(configuration.fallbacks.map(\.baseUrl) == [nil, "http://h/v1"])
    #expect(configuration.fallbacks.map(\.apiKey) == [nil, "k"])
  }

  @Test func `no configuration is an empty one`() throws {
    #expect(try AgentConfiguration(nil) == AgentConfiguration())
    #expect(try AgentConfiguration(["stop": nil, "apiKey": ""]) == AgentConfiguration())
  }

  static let formatFault =
    "config.responseFormat must be \"text\", \"json\", or an object with a name (letters, digits, _ and -, at most 64) and a schema."

  static func headerFault(_ name: String) -> String {
    "config.providerHeaders must be an object of names and texts; \"\(name)\" cannot be set (keys belong in apiKey)."
  }

  static let wrong: [(JSONObject, String)] = [
    (["temperature": 2.1], "config.temperature must be a number from 0 to 2."),
    (["temperature": "hot"], "config.temperature must be a number from 0 to 2."),
    (["maxTokens": 0], "config.maxTokens must be a whole number from 1 to 10000000."),
    (["maxTokens": 1.5], "config.maxTokens must be a whole number from 1 to 10000000."),
    (["topP": -0.1], "config.topP must be a number from 0 to 1."),
    (["systemPrompt": 1], "config.systemPrompt must be a string."),
    (["apiKey": "a\nb"], "config.apiKey must be a key without blanks and line breaks."),
    (["authPrefix": "A B"], "config.authPrefix must be a word without blanks."),
    (["baseUrl": "api.openai.com"], "config.baseUrl must be a URL that begins with http:// or https://."),
    (
      ["stop": ["a", 1]],
      "config.stop must be a string, or an array of at most 4 strings, none of them empty."
    ),
    (
      ["stop": ["a", "b", "c", "d", "e"]],
      "config.stop must be a string, or an array of at most 4 strings, none of them empty."
    ),
    (["stop": true], "config.stop must be a string, or an array of at most 4 strings, none of them empty."),
    (["fallbacks": ["provider": "openai"]], "config.fallbacks must be an array of at most 4 objects."),
    (["fallbacks": ["openai"]], "config.fallbacks must be an array of at most 4 objects."),
    (
      ["fallbacks": .array(Array(repeating: ["provider": "openai", "model": "m"], count: 5))],
      "config.fallbacks must be an array of at most 4 objects."
    ),
    (
      ["fallbacks": [["provider": "openai", "model": "m"], ["provider": "openai"]]],
      "config.fallbacks[1].model must be a string that is not empty."
    ),
    (
      ["fallbacks": [["provider": "openai", "model": "m", "baseUrl": "x"]]],
      "config.fallbacks[0].baseUrl must be a URL that begins with http:// or https://."
    ),
    (["timeouts": 5], "config.timeouts must be an object."),
    (["timeouts": ["idle": 0]], "config.timeouts.idle must be a number from 0.001 to 86400."),
    (
      ["reasoningEffort": "much"],
      "config.reasoningEffort must be one of none, minimal, low, medium, high, xhigh, max."
    ),
    (["topK": 0], "config.topK must be a whole number from 1 to 1000000."),
    (["presencePenalty": 3], "config.presencePenalty must be a number from -2 to 2."),
    (["providerOptions": []], "config.providerOptions must be an object."),
    (["responseFormat": "xml"], formatFault), (["responseFormat": ["name": "a", "schema": 1]], formatFault),
    (["responseFormat": ["name": "a b", "schema": [:]]], formatFault),
    (["providerHeaders": ["X-Api-Key": "k"]], headerFault("X-Api-Key")),
    (["providerHeaders": ["Host": "h"]], headerFault("Host")),
    (["providerHeaders": ["a": "b\r\nc: d"]], headerFault("a")),
    (["providerHeaders": ["a b": "c"]], headerFault("a b")),
    (["providerHeaders": ["a": 1]], headerFault("a")),
    (["streamUsage": 1], "config.streamUsage must be true or false."),
  ]

  @Test(arguments: wrong.indices)
  func `a wrong member is named`(index: Int) {
    let (config, message) = Self.wrong[index]
    #expect { try AgentConfiguration(config) } throws: {
      ($0 as? AgentConfigurationError)?.message == message
    }
  }

  @Test func `what a message shows never holds the key`() {
    #expect { try AgentConfiguration(["apiKey": "sk-secret secret"]) } throws: { !"\($0)".contains("secret") }
  }
}
