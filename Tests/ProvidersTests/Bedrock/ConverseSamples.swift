import Basics
import Fetch
import Model
import TestKit
import Wire

@testable import Providers

/// Answers of Converse as AWS sends them.
enum ConverseSamples {
  static let origin: ProviderOrigin = {
    var origin = ProviderOrigin(
      provider: "bedrock", title: "AWS Bedrock", model: "us.amazon.nova-lite-v1:0",
      secrets: ["TOKENEXAMPLE=="],
      reachHint: "reach", keyHint: "key")
    origin.addressVariable = BedrockEndpoint.addressVariable
    return origin
  }()

  static let text: [AmazonEventMessage] = [
    .event("messageStart", #"{"role":"assistant","p":"abcdef"}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"Héllo"},"p":"abc"}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":" 🦙"}}"#),
    .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
    .event("messageStop", #"{"stopReason":"end_turn"}"#),
    .event(
      "metadata",
      #"{"usage":{"inputTokens":10,"outputTokens":4,"totalTokens":64,"cacheReadInputTokens":30,"cacheWriteInputTokens":20},"metrics":{"latencyMs":321}}"#
    ),
  ]

  /// Reasoning with its proof, sealed reasoning, text, and two tools at once.
  static let toolUse: [AmazonEventMessage] = [
    .event("messageStart", #"{"role":"assistant"}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Let me "}}}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"see"}}}"#),
    .event(
      "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EqAB"}}}"#),
    .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
    .event(
      "contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"AQI="}}}"#
    ),
    .event(
      "contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"AwQ="}}}"#
    ),
    .event("contentBlockStop", #"{"contentBlockIndex":1}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":"I ask."}}"#),
    .event("contentBlockStop", #"{"contentBlockIndex":2}"#),
    .event(
      "contentBlockStart",
      #"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t1","name":"get_weather"}}}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":""}}}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"city\":"}}}"#),
    .event("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"\"Rome\"}"}}}"#),
    .event("contentBlockStop", #"{"contentBlockIndex":3}"#),
    .event(
      "contentBlockStart",
      #"{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"t2","name":"get_time"}}}"#),
    .event("contentBlockStop", #"{"contentBlockIndex":4}"#),
    .event("messageStop", #"{"stopReason":"tool_use","additionalModelResponseFields":{"k":1}}"#),
    .event(
      "metadata", #"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":1}}"#),
  ]

  static let toolUseEvents: [ProviderEvent] = [
    .started(ProviderStart(provider: "bedrock", model: "us.amazon.nova-lite-v1:0", request: "r1")),
    .reasoning("Let me "), .reasoning("see"), .replay(name: "signature", json: "EqAB", of: .reasoning),
    .partEnd,
    .replay(name: "redacted", json: "AQI=", of: .reasoning),
    .replay(name: "redacted", json: "AQIDBA==", of: .reasoning), .partEnd, .text("I ask."), .partEnd,
    .toolCallStart(index: 0, id: "t1", name: "get_weather", isSynthetic: false),
    .toolCallArguments(index: 0, fragment: #"{"city":"#),
    .toolCallArguments(index: 0, fragment: #""Rome"}"#),
    .toolCallEnd(index: 0, arguments: #"{"city":"Rome"}"#, isValid: true),
    .toolCallStart(index: 1, id: "t2", name: "get_time", isSynthetic: false),
    .toolCallEnd(index: 1, arguments: "{}", isValid: true),
    .raw(name: "additionalModelResponseFields", json: ["k": 1]),
    .usage(Usage(inputTokens: 1, outputTokens: 2)), .finish(.toolCalls, raw: "tool_use"),
  ]

  static func bytes(_ messages: [AmazonEventMessage]) -> [UInt8] { messages.flatMap(\.encoded) }

  static func decoder(type: String = "application/vnd.amazon.eventstream") -> ConverseDecoder {
    ConverseDecoder(
      FetchHead(status: 200, fields: [("content-type", type), ("x-amzn-requestid", "r1")]), origin: origin)
  }

  static func answer(_ messages: [AmazonEventMessage]) -> Decoded { Decoded(decoder(), [bytes(messages)]) }

  static func answer(document: String) -> Decoded {
    Decoded(decoder(type: "application/json"), [Array(document.utf8)])
  }
}
