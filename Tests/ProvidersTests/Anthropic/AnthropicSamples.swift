/// Streams as Anthropic sends them.
enum AnthropicSamples {
  static let start =
    #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":1}}}"#
  static let stop = #"{"type":"message_stop"}"#

  static func end(_ reason: String) -> String {
    #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":{"output_tokens":42,"output_tokens_details":{"thinking_tokens":7}}}"#
  }

  /// Reasoning, then a call of a tool.
  static let tool = [
    start,
    #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let mé"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
    #"{"type":"content_block_stop","index":0}"#, #"{"type":"ping"}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Ro"}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"me\"}"}}"#,
    #"{"type":"content_block_stop","index":1}"#, end("tool_use"), stop,
  ]

  static let text = [
    start, #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé "}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"🦙"}}"#,
    #"{"type":"content_block_stop","index":0}"#, end("end_turn"), stop,
  ]

  static let overloaded =
    #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#

  /// As bytes, with an `event` line each.
  static func stream(_ data: [String], lineEnd: String = "\n") -> [UInt8] {
    Array(
      data.map { json in
        let type = json.split(separator: "\"").dropFirst(2).first.map(String.init) ?? ""
        return "event: \(type)\(lineEnd)data: \(json)\(lineEnd)\(lineEnd)"
      }.joined().utf8)
  }
}
