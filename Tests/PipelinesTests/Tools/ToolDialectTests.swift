import Basics
import Model
import Providers
import Storage
import TestKit
import Testing
import Tools
import Wire

@testable import Pipelines

/// Two rounds with each provider's dialect, over a wait for approval and another process: what it sealed goes back to it unchanged.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ToolDialectTests {
  struct Row: Sendable {
    let provider: String
    let wish: [ScriptedUpstream.Action]
    let answer: [ScriptedUpstream.Action]
    /// What the second request must hold: the call, the result, what was sealed.
    let replayed: [String]
  }

  private static func events(_ data: [String]) -> [ScriptedUpstream.Action] {
    [.chunkedHead()] + data.map { .chunk("data: \($0)\n\n") } + [.lastChunk]
  }

  private static func lines(_ lines: [String]) -> [ScriptedUpstream.Action] {
    [.chunkedHead(type: "application/x-ndjson")] + lines.map { .chunk("\($0)\n") } + [.lastChunk]
  }

  private static func messages(_ messages: [AmazonEventMessage]) -> [ScriptedUpstream.Action] {
    [.chunkedHead(type: "application/vnd.amazon.eventstream")] + messages.map { .chunk($0.encoded) }
      + [.lastChunk]
  }

  private static let openAI = [
    #""tool_calls":[{"id":"c1","type":"function","function":{"name":"read","arguments":"{\"n\":7}"}}]"#,
    #"{"role":"tool","tool_call_id":"c1","content":"result 7"}"#,
  ]

  static let rows: [Row] = [
    Row(
      provider: "openai", wish: Answer.calls("", ("c1", "read", #"{"n":7}"#)),
      answer: Answer.whole("It is 7."),
      replayed: openAI),
    Row(
      provider: "bytez", wish: Answer.calls("", ("c1", "read", #"{"n":7}"#)),
      answer: Answer.whole("It is 7."),
      replayed: openAI),
    Row(
      provider: "ollama",
      wish: lines([
        #"{"model":"m","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
        #"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"read","arguments":{"n":7}}}]},"done":false}"#,
        #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}"#,
      ]),
      answer: lines([
        #"{"model":"m","message":{"role":"assistant","content":"It is 7."},"done":false}"#,
        #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}"#,
      ]),
      replayed: [
        #""thinking":"hm""#, #""function":{"index":0,"name":"read","arguments":{"n":7}}"#,
        #""content":"result 7","tool_name":"read""#,
      ]),
    Row(
      provider: "gemini",
      wish: events([
        #"{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"f1","name":"read","args":{"n":7}},"thoughtSignature":"U0lH"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}"#
      ]),
      answer: events([
        #"{"candidates":[{"content":{"role":"model","parts":[{"text":"It is 7."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}"#
      ]),
      replayed: [
        #""thoughtSignature":"U0lH""#, #""name":"read","args":{"n":7}"#, #""functionResponse":"#, "result 7",
      ]),
    Row(
      provider: "anthropic",
      wish: events([
        #"{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"read","input":{}}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"n\":7}"}}"#,
        #"{"type":"content_block_stop","index":1}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":1}}"#,
        #"{"type":"message_stop"}"#,
      ]),
      answer: events([
        #"{"type":"message_start","message":{"id":"msg_2","model":"m","usage":{"input_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It is 7."}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
        #"{"type":"message_stop"}"#,
      ]),
      replayed: [
        #"{"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"tool_use","id":"t1","name":"read","input":{"n":7}}"#,
        #"{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"result 7"}]}"#,
      ]),
    Row(
      provider: "bedrock",
      wish: messages([
        .event("messageStart", #"{"role":"assistant"}"#),
        .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}"#),
        .event(
          "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EqAB"}}}"#),
        .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
        .event(
          "contentBlockStart",
          #"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"read"}}}"#),
        .event("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"n\":7}"}}}"#),
        .event("contentBlockStop", #"{"contentBlockIndex":1}"#),
        .event("messageStop", #"{"stopReason":"tool_use"}"#),
        .event("metadata", #"{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#),
      ]),
      answer: messages([
        .event("messageStart", #"{"role":"assistant"}"#),
        .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"It is 7."}}"#),
        .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
        .event("messageStop", #"{"stopReason":"end_turn"}"#),
        .event("metadata", #"{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#),
      ]),
      replayed: [
        #""signature":"EqAB""#, #""toolUse":{"toolUseId":"t1","name":"read","input":{"n":7}}"#,
        #""toolUseId":"t1","content":[{"text":"result 7"}]"#,
      ]),
  ]

  @Test(arguments: rows.indices)
  func `a tool is asked for, approved in another process, and answered for`(index: Int) async throws {
    let row = Self.rows[index]
    let upstream = try ScriptedUpstream.answering(row.wish, row.answer)
    let config: JSONObject = ["apiKey": "key-12345678", "tools": [["name": "read", "approval": "always"]]]
    let tools = ToolTable(builtIn: [ScriptedTool.read])
    let fixture = try await RunFixture(upstream, provider: row.provider, config: config, tools: tools)
    let run = try await fixture.runs.rest(of: fixture.invoke("How many?").id)
    #expect(run.status == .waiting, "\(run)")
    #expect(upstream.requests.first?.text.contains("Does read.") == true)
    await fixture.close(keepingFiles: true)
    let later = try await RunFixture(
      upstream, provider: row.provider, config: config, path: fixture.path, tools: tools)
    try await later.runs.resumeQueued()
    _ = try await later.runs.approve(run.id, Approval(["decision": "approve"]))
    let end = try await later.runs.outcome(of: run.id)
    #expect(end.status == .completed, "\(end)")
    #expect(try await later.messages(of: run).last?.text == "It is 7.")
    let request = try #require(upstream.requests.last?.text)
    for words in row.replayed { #expect(request.contains(words), "\(row.provider): \(words) in \(request)") }
    #expect(upstream.requests.count == 2)
    await later.close()
  }
}
