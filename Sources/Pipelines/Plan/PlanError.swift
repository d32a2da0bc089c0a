import Basics

/// A pipeline that cannot be run as it is written. Names the step, so that its author finds the place.
package struct PlanError: CodedError, Equatable {
  package let code = "invalid_pipeline"
  package let message: String
  package let hint: String?

  /// - Parameters:
  ///   - step: the step's id, or where it stands when it has none.
  ///   - reason: a sentence without its end, as it follows the step.
  init(step: String?, _ reason: String, hint: String? = nil) {
    message = step.map { "Step \($0): \(reason)." } ?? "The pipeline \(reason)."
    self.hint = hint
  }
}
