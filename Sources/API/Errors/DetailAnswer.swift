import Basics
import WebServer
import Wire

// Errors as clients of InsightX read them: `detail` beside the hub's own members.

extension RouteEntry {
  /// An answer whose errors carry `detail`.
  ///
  /// - Parameter prefix: stands before the error's words, but for things that are not there.
  static func detailed(
    _ method: HTTPMethod, _ pattern: String, _ summary: String, _ operation: Operation,
    failure prefix: String = "",
    _ answer: @escaping Answer
  ) -> RouteEntry {
    RouteEntry(method, pattern, summary, operation.failing(as: .detailed)) { request, context in
      do {
        return try await answer(request, context)
      } catch {
        return context.detail(of: error, to: request, failure: prefix)
      }
    }
  }
}

extension APIContext {
  /// An error with `detail`: a sentence, or the list of what is wrong with the body.
  func detail(of error: any Error, to request: Request, failure prefix: String) -> Response {
    var answer = ErrorAnswer(error)
    logFault(error, of: request, answer.status)
    if let faults = error as? BodyFaults {
      answer.more = ["detail": faults.json]
    } else {
      answer.more = ["detail": .string((answer.status == 404 ? "" : prefix) + answer.error)]
    }
    return answer.response
  }
}
