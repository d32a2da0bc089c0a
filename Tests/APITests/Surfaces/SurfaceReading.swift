import Basics
import Model

@testable import API

/// Recorded events of a pipeline's run, and what a surface makes of them.
enum SurfaceReading {
  static let root = Identifier<Run>("root")

  /// The whole stream: what stands at its beginning, what the events turn into, and its end.
  static func stream(
    _ dialect: some SurfaceDialect, _ events: [JSON], _ ending: RunEnding
  ) -> [SurfaceEvent] {
    var dialect = dialect
    var stream = dialect.opening()
    for event in events {
      if let fact = RunFact(event, of: root) { stream += dialect.events(for: fact) }
    }
    return stream + dialect.closing(ending)
  }

  static func text(_ stream: [SurfaceEvent]) -> String {
    String(decoding: stream.flatMap(\.encoded), as: UTF8.self)
  }

  /// What stands behind `data: ` in each event; nothing else may be there.
  static func lines(_ stream: [SurfaceEvent]) -> [String] {
    let blocks = text(stream).split(separator: "\n\n", omittingEmptySubsequences: false)
    let lines = blocks.dropLast().map {
      $0.hasPrefix("data: ") ? String($0.dropFirst(6)) : "no data line: \($0)"
    }
    return lines + (blocks.last == "" ? [] : ["no empty line at the end"])
  }

  static func completed(_ text: String, seconds: Double = 0.84) -> RunEnding {
    RunEnding(status: .completed, text: text, seconds: seconds)
  }

  static func failed(_ code: String, _ message: String = "It failed.") -> RunEnding {
    RunEnding(
      status: .failed, text: "", failure: RunFailure(code: code, message: message), seconds: 0.1)
  }

  // MARK: events, as the hub shows them

  static func began(_ step: String) -> JSON {
    ["type": "step.started", "run": "root", "step": .string(step), "stepType": "agent"]
  }

  static func decided(_ step: String, _ label: String) -> JSON {
    ["type": "route.decided", "run": "root", "step": .string(step), "label": .string(label)]
  }

  static func done(_ step: String, _ result: JSON) -> JSON {
    ["type": "step.completed", "run": "root", "step": .string(step), "result": result]
  }

  static func broken(_ step: String, _ message: String, isTriedAgain: Bool = false) -> JSON {
    [
      "type": "step.failed", "run": "root", "step": .string(step),
      "error": ["code": "provider_server_error", "message": .string(message)], "retry": .bool(isTriedAgain),
    ]
  }

  static func answer(_ text: String, step: String = "composer", message: String = "m1") -> JSON {
    [
      "type": "message.delta", "run": "root", "step": .string(step), "message": .string(message),
      "channel": "final", "position": 0, "text": .string(text),
    ]
  }

  static func aside(_ step: String, _ text: String) -> JSON {
    [
      "type": "message.delta", "run": "child", "parentRun": "root", "step": .string(step), "message": "s1",
      "channel": "step", "position": 0, "text": .string(text),
    ]
  }

  static func calls(_ step: String, _ tool: String, _ arguments: JSON) -> JSON {
    [
      "type": "tool.started", "run": "child", "parentRun": "root", "step": .string(step),
      "tool": .string(tool), "arguments": arguments,
    ]
  }

  static func callFails(_ step: String, _ tool: String, _ message: String) -> JSON {
    [
      "type": "tool.failed", "run": "child", "parentRun": "root", "step": .string(step),
      "tool": .string(tool), "error": ["code": "query_denied", "message": .string(message)],
    ]
  }
}
