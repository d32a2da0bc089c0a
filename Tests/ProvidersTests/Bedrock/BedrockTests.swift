import Basics
import Fetch
import Model
import Testing

@testable import Providers

/// Where calls go, and with which credentials.
struct BedrockTests {
  static let access = ["AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "very-secret-key"]
  static let bearer = ["AWS_BEARER_TOKEN_BEDROCK": "ABSKexample"]

  static func call(_ config: JSONObject = [:], model: String = "amazon.nova-lite-v1:0") throws -> ProviderCall
  {
    ProviderCall(
      provider: "bedrock",
      request: CompletionRequest(model: model, turns: [CompletionRequest.Turn(role: .user, text: "Hi")]),
      configuration: try AgentConfiguration(config))
  }

  static func encode(
    _ settings: [String: String], _ config: JSONObject = [:], model: String = "amazon.nova-lite-v1:0"
  ) throws -> EncodedCall {
    try Bedrock().encode(try call(config, model: model), settings: try ProviderSettings(settings))
  }

  static func fields(_ call: EncodedCall) -> [String: String] {
    let request = call.request(at: AWSSignerTests.later)
    return Dictionary(uniqueKeysWithValues: request.fields.map { ($0.name.lowercased(), $0.value) })
  }

  // MARK: Addresses

  static let addresses: [(settings: [String: String], config: JSONObject, url: String, region: String)] = [
    ([:], [:], "https://bedrock-runtime.us-east-1.amazonaws.com", "us-east-1"),
    (
      ["AWS_DEFAULT_REGION": "eu-west-1"], [:], "https://bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1"
    ),
    (
      ["AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-3"], [:],
      "https://bedrock-runtime.eu-west-3.amazonaws.com", "eu-west-3"
    ),
    (
      ["AWS_REGION": "eu-west-3"], ["region": "us-west-2"], "https://bedrock-runtime.us-west-2.amazonaws.com",
      "us-west-2"
    ),
    ([:], ["region": "cn-north-1"], "https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    (
      ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9/x/", "AWS_REGION": "eu-west-1"], [:],
      "http://127.0.0.1:9/x", "eu-west-1"
    ),
    (
      ["AWS_REGION": "eu-west-1"], ["baseUrl": "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com"],
      "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"
    ),
  ]

  @Test(arguments: addresses.indices)
  func `a call goes to its region`(index: Int) throws {
    let (settings, config, url, region) = Self.addresses[index]
    let encoded = try Self.encode(settings.merging(Self.access) { $1 }, config)
    #expect(encoded.request.url.text == "\(url)/model/amazon.nova-lite-v1%3A0/converse-stream")
    #expect(encoded.request.allowsPlainHTTP == !url.hasPrefix("https"))
    #expect(Self.fields(encoded)["authorization"]?.contains("/20300101/\(region)/bedrock/") == true)
  }

  @Test(arguments: [
    ("us.amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1%3A0"), ("a b~é", "a%20b~%C3%A9"),
    (
      "arn:aws:bedrock:us-east-1:1:inference-profile/us.x",
      "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x"
    ),
  ])
  func `a model id is one step of the path`(model: String, step: String) throws {
    let url = try Self.encode(Self.bearer, model: model).request.url.text
    #expect(url == "https://bedrock-runtime.us-east-1.amazonaws.com/model/\(step)/converse-stream")
  }

  @Test func `an answer can be asked for whole`() throws {
    let request = try Self.encode(Self.bearer, ["stream": false]).request
    #expect(request.url.text.hasSuffix("/converse"))
    #expect(request.fields.contains { $0.name == "Accept" && $0.value == "application/json" })
  }

  @Test(arguments: ["EU-WEST-1", "eu west", "evil.example.com/", "", "a@b"])
  func `a region that could change the host is refused`(region: String) throws {
    guard !region.isEmpty else { return #expect(!BedrockEndpoint.isRegion(region)) }
    #expect {
      try Self.encode(Self.bearer.merging(["AWS_REGION": region]) { $1 })
    } throws: { ($0 as? ProviderError)?.kind == .invalidRequest }
  }

  @Test func `an address that cannot be used is named at the start`() {
    #expect {
      try ProviderSettings([BedrockEndpoint.addressVariable: "ftp://x"])
    } throws: { "\($0)".contains(BedrockEndpoint.addressVariable) }
  }

  // MARK: Credentials

  static let session = access.merging(["AWS_SESSION_TOKEN": "token"]) { $1 }
  static let both = access.merging(bearer) { $1 }
  static let elsewhere: JSONObject = ["baseUrl": "https://example.org"]
  static let key: JSONObject = ["apiKey": "own-key-of-agent"]

  static let credentials: [(settings: [String: String], config: JSONObject, start: String)] = [
    (access, [:], "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), (bearer, [:], "Bearer ABSKexample"),
    (["AWS_BEARER_TOKEN_BEDROCK_1": "three"], [:], "Bearer three"),
    (both, [:], "Bearer ABSKexample"), (both, key, "Bearer own-key-of-agent"),
    (both, key.with(options: elsewhere), "Bearer own-key-of-agent"),
    (both, key.with(options: ["authPrefix": ""]), "own-key-of-agent"),
    (both, ["baseUrl": "https://bedrock-runtime.eu-west-1.amazonaws.com"], "Bearer ABSKexample"),
    (
      both.merging(["AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://example.org/a"]) { $1 }, elsewhere,
      "Bearer ABSKexample"
    ),
  ]

  @Test(arguments: credentials.indices)
  func `the nearest credentials are used`(index: Int) throws {
    let (settings, config, start) = Self.credentials[index]
    let fields = Self.fields(try Self.encode(settings, config))
    #expect(fields["authorization"]?.hasPrefix(start) == true)
    #expect((fields["x-amz-date"] != nil) == start.hasPrefix("AWS4"))
  }

  @Test func `a session's token is signed and sent`() throws {
    let fields = Self.fields(try Self.encode(Self.session))
    #expect(fields["x-amz-security-token"] == "token")
    #expect(
      fields["authorization"]?.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,")
        == true)
  }

  static let missing: [(settings: [String: String], config: JSONObject, hint: String)] = [
    ([:], [:], "AWS_BEARER_TOKEN_BEDROCK"),
    (["AWS_ACCESS_KEY_ID": "a"], [:], "AWS_SECRET_ACCESS_KEY is not set"),
    (["AWS_SECRET_ACCESS_KEY": "a"], [:], "AWS_ACCESS_KEY_ID is not set"),
    (both, elsewhere, "config.apiKey"),
    (both, ["baseUrl": "http://bedrock-runtime.eu-west-1.amazonaws.com"], "config.apiKey"),
    (both, ["baseUrl": "https://bedrock-runtime.eu-west-1.amazonaws.com.example.org"], "config.apiKey"),
    (both, ["baseUrl": "https://bedrock-runtime.eu.west.amazonaws.com"], "config.apiKey"),
    (both, ["baseUrl": "https://bedrock-runtime.eu-west-1.amazonaws.com:8443"], "config.apiKey"),
  ]

  @Test(arguments: missing.indices)
  func `the environment's credentials go to nobody else`(index: Int) throws {
    let (settings, config, hint) = Self.missing[index]
    #expect {
      try Self.encode(settings, config)
    } throws: { error in
      guard let error = error as? ProviderError else { return false }
      return error.kind == .keyMissing && error.message == "AWS credentials are required"
        && error.hint?.contains(hint) == true
    }
  }

  @Test func `no secret stands in a message`() throws {
    for settings in [Self.session, Self.bearer] {
      let origin = try Self.encode(settings).origin
      let words = origin.failure(.authentication, settings.values.joined(separator: " and ")).message
      for secret in settings.values { #expect(!words.contains(secret)) }
    }
  }
}
