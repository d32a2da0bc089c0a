import Basics
import Model

extension Operation {
  private static let modelCodes = ["model_not_found"]

  static let listModels = Operation(
    "listModels", .openAI, gives: .ok(["object": .constant("list"), "data": .array(of: model)]))
  static let getModel = Operation(
    "getModel", .openAI, gives: .ok(model), fails: ["agent_not_found", "invalid_query"])
  static let completeChat = Operation(
    "completeChat", .openAI,
    "`conversation` in `metadata` goes on with a stored conversation; without it the call is one of its own. What other models know and the hub does not, passes.",
    [.idempotencyKey],
    body: .json(
      chatRequest, example: ["model": "demo", "messages": [["role": "user", "content": "Hello!"]]]),
    gives: Success(
      200, "The answer, or its chunks, ended by `[DONE]`.", .json(completion),
      .events([(nil, chunk), (nil, FaultForm.openAI.schema)], ending: "[DONE]")),
    fails: providerCodes + [
      "invalid_json", "agent_not_found", "conversation_not_found", "conversation_busy", "message_too_long",
      "run_stopped", "internal", "draining", "interrupted", "provider_context_length",
    ])
  static let embed = Operation(
    "embed", .openAI, "The model is `provider/model`, or one of OpenAI's.",
    body: .json(
      ([
        "model": .visible.example("text-embedding-3-small"),
        "input": .either(.visible, .array(of: .visible, 1...2048)),
        "dimensions?": Schema.integer(1...65_536).orNull,
        "encoding_format?": Schema.words(["float", "base64"]).orNull,
        "user?": .any,
      ] as Schema).open),
    gives: .ok([
      "object": .constant("list"), "model": .text,
      "data": .array(of: [
        "object": .constant("embedding"), "index": .count, "embedding": .either(.array(of: .number), .text),
      ]), "usage": ["prompt_tokens": .count, "total_tokens": .count],
    ]), fails: providerCodes + ["invalid_json", "internal"])

  // MARK: Shapes

  private static let model =
    ([
      "id": Schema.text.example("demo"), "object": .constant("model"),
      "created": .integer.example(1_790_000_000),
      "owned_by": .constant("agenthub"), "name": Schema.text.example("Demo"),
    ] as Schema).named("Model")

  private static let chatRequest =
    ([
      "model": .visible.about("Id or name of an agent."),
      "messages": Schema.array(
        of: ([
          "role": .words(["system", "developer", "user", "assistant", "tool"]), "content?": .any,
          "name?": .any, "tool_calls?": .any, "tool_call_id?": .any,
        ] as Schema).open
      ).keyword("minItems", 1),
      "stream?": Schema.flag.orNull, "stream_options?": .any, "metadata?": .any,
      "temperature?": Schema.number(0...2).orNull,
      "top_p?": .any, "max_tokens?": .any, "max_completion_tokens?": .any, "stop?": .any,
      "seed?": Schema.integer.orNull,
      "tools?": .any, "tool_choice?": .any, "parallel_tool_calls?": Schema.flag.orNull,
      "response_format?": .any,
      "n?": Schema.constant(1),
    ] as Schema).open.named("ChatCompletionRequest")

  private static let usage =
    ([
      "prompt_tokens": .count, "completion_tokens": .count, "total_tokens": .count,
      "prompt_tokens_details": ["cached_tokens": .count],
      "completion_tokens_details": ["reasoning_tokens": .count],
    ] as Schema).named("CompletionUsage")

  private static func object(_ name: String, choices: Schema) -> Schema {
    [
      "id": Schema.text.example("chatcmpl-1"), "object": .constant(.string(name)),
      "created": .integer.example(1_790_000_000), "model": Schema.text.example("demo"),
      "choices": .array(of: choices), "usage?": usage.orNull,
      "conversation?": Schema.identifier.about("For `metadata.conversation` of a later call."),
    ]
  }

  private static let finish = Schema.words(["stop", "length", "tool_calls", "content_filter"])
  private static let toolCall: Schema = [
    "index?": .count, "id": .text, "type": .constant("function"),
    "function": ["name": .text, "arguments": .text],
  ]

  private static let completion = object(
    "chat.completion",
    choices: [
      "index": .count.example(0),
      "message": [
        "role": .constant("assistant"), "content": Schema.text.orNull,
        "refusal": Schema.text.orNull.example(.null),
        "reasoning_content?": .text, "tool_calls?": .array(of: toolCall),
      ],
      "logprobs": .null, "finish_reason": finish,
    ]
  ).named("ChatCompletion")

  private static let chunk = object(
    "chat.completion.chunk",
    choices: [
      "index": .count.example(0),
      "delta": [
        "role?": .text, "content?": Schema.text.orNull, "refusal?": Schema.text.orNull,
        "reasoning_content?": .text,
        "tool_calls?": .array(of: toolCall),
      ],
      "logprobs?": .null, "finish_reason": finish.orNull,
    ]
  ).named("ChatCompletionChunk")
}
