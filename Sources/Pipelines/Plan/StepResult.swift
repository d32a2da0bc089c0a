package import Basics
package import Model

/// What a step of a pipeline left behind, for the steps after it and for the log.
package struct StepResult: Equatable, Sendable {
  /// What an agent said, a tool gave or a template made.
  package var text: String
  /// What a classification decided.
  package var label: String?
  /// What the text holds as JSON, or what a tool gave.
  package var data: JSON?
  /// The last result of each tool that an agent called, by the tool's name.
  package var tools: JSONObject?
  /// Why the step failed, where its failure does not end the pipeline.
  package var error: RunFailure?

  package init(
    text: String, label: String? = nil, data: JSON? = nil, tools: JSONObject? = nil, error: RunFailure? = nil
  ) {
    self.text = text
    self.label = label
    self.data = data
    self.tools = tools
    self.error = error
  }

  /// The result as the log keeps it and as templates look into it; `error` is its message.
  package var json: JSON {
    var object: JSONObject = ["text": .string(text)]
    object["label"] = label.map { .string($0) }
    object["data"] = data
    object["tools"] = tools.map { .object($0) }
    object["error"] = error.map { .string($0.message) }
    object["code"] = error.map { .string($0.code) }
    return .object(object)
  }

  /// Reads what `json` wrote; nil when there is no text.
  package init?(json: JSON) {
    guard let text = json["text"]?.string else { return nil }
    let error = json["error"]?.string.map { message in
      RunFailure(code: json["code"]?.string ?? "internal", message: message)
    }
    self.init(
      text: text, label: json["label"]?.string, data: json["data"], tools: json["tools"]?.object, error: error
    )
  }
}
