import Basics
import Model
import Storage
import TestKit
import Tools

@testable import Pipelines

/// A tool that does what a test says.
struct ScriptedTool: Tool {
  let definition: ToolDefinition
  let terms: ToolTerms
  private let action: @Sendable (JSONObject, ToolContext) async throws -> ToolAnswer

  init(
    _ name: String, terms: ToolTerms = ToolTerms(),
    parameters: JSON = ["type": "object", "properties": ["n": ["type": "integer"]], "required": ["n"]],
    _ action: @escaping @Sendable (JSONObject, ToolContext) async throws -> ToolAnswer = { arguments, _ in
      .text("result \(arguments["n"]?.text ?? "-")")
    }
  ) {
    definition = ToolDefinition(name: name, description: "Does \(name).", parameters: parameters)
    self.terms = terms
    self.action = action
  }

  func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    try await action(arguments, context)
  }

  /// Tells its number.
  static let read = ScriptedTool("read")

  /// Wants somebody to agree, and remembers its calls.
  static func write(_ calls: Recorder<JSON> = Recorder(), fingerprint: String = "1") -> ScriptedTool {
    ScriptedTool("write", terms: ToolTerms(approval: .always, fingerprint: fingerprint)) { arguments, _ in
      calls.record(.object(arguments))
      return .text("written \(arguments["n"]?.text ?? "-")")
    }
  }
}

extension Answer {
  /// An answer of an OpenAI-compatible server that asks for tools: each with its id, name and arguments.
  static func calls(
    _ text: String = "", _ calls: (id: String, name: String, arguments: String)...
  ) -> [ScriptedUpstream.Action] {
    Self.calls(list: calls, text)
  }

  static func calls(
    list calls: [(id: String, name: String, arguments: String)], _ text: String = ""
  ) -> [ScriptedUpstream.Action] {
    let wishes = calls.enumerated().map { index, call -> JSON in
      [
        "index": .integer(Int64(index)), "id": .string(call.id),
        "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
      ]
    }
    let delta: JSON = [
      "choices": [["index": 0, "delta": ["tool_calls": .array(wishes)], "finish_reason": "tool_calls"]]
    ]
    let usage: JSON = ["choices": [], "usage": ["prompt_tokens": 12, "completion_tokens": 5]]
    return [head] + (text.isEmpty ? [] : [piece(text)])
      + [.chunk("data: \(delta.text)\n\ndata: \(usage.text)\n\ndata: [DONE]\n\n"), .lastChunk]
  }
}

extension ScriptedUpstream {
  /// A model that gives one answer after the other, the last one for ever.
  static func answering(_ answers: [Action]...) throws -> ScriptedUpstream {
    let rest = Recorder<Int>()
    return try ScriptedUpstream { _ in
      rest.record(0)
      return answers[min(rest.all.count, answers.count) - 1]
    }
  }

  /// The messages of the latest request.
  var lastMessages: [JSON] {
    (try? JSON.parse(requests.last?.body ?? []))?["messages"]?.array ?? []
  }
}

extension RunFixture {
  /// The events of one kind of a run, as objects.
  func bodies(_ type: EventType, of run: Identifier<Run>) -> [JSONObject] {
    published.all.compactMap { event in
      guard event.run == run, event.type == type, case .other(_, let body) = event.body else { return nil }
      return body
    }
  }

  func calls(of run: Run) async throws -> [ToolCallRecord] {
    try await runs.toolCalls(of: run.id)
  }

  /// The run as it is stored.
  func stored(_ run: Identifier<Run>) async throws -> Run {
    guard let run = try await store.read({ try $0.runs.get(run) }) else { throw RunFixtureError.tookTooLong }
    return run
  }
}

extension RunFixture {
  /// Waits until something holds.
  func wait(until holds: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while try await !holds() {
      guard ContinuousClock.now < deadline else { throw RunFixtureError.tookTooLong }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
