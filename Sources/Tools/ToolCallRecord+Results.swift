package import Basics
package import Model

extension ToolCallRecord {
  /// What is wrong with what the model wrote; none when the tool can be called with it.
  func faults(against schema: JSON) -> [String] {
    guard call.isValid else { return ["The arguments are no JSON object."] }
    return JSONSchema.faults(in: call.argumentsObject, against: schema)
  }

  /// Takes the decision of somebody who was asked.
  ///
  /// - Parameter arguments: what to call the tool with instead.
  package mutating func approve(with arguments: JSON? = nil, at time: Timestamp) {
    guard status == .waiting else { return }
    status = .ready
    edited = arguments
    decidedAt = time
  }

  /// Takes the decision of somebody who was asked.
  package mutating func deny(because reason: String?, at time: Timestamp) {
    guard status == .waiting else { return }
    fail(RunFailure(ToolError.denied(reason)))
    status = .denied
    self.reason = reason
    decidedAt = time
    finishedAt = time
  }

  /// The model reads why there is no answer, and what it can do.
  package mutating func fail(_ failure: RunFailure) {
    status = .failed
    error = failure
    result = [.text([failure.message, failure.hint].compactMap(\.self).joined(separator: " "))]
    resultBytes = result?.text.utf8.count
  }

  /// The model reads the answer, as much of it as it may.
  package mutating func finish(_ answer: ToolAnswer, limit: Int) {
    let bounded = BoundedResult(answer, limit: limit)
    result = bounded.parts
    resultBytes = bounded.wholeBytes
    status = answer.isError ? .failed : .completed
    if answer.isError {
      error = RunFailure(code: "tool_error", message: answer.parts.text.prefix(utf8Count: 500))
    }
  }
}
