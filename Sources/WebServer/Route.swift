package import Wire

/// How a route answers.
package enum RouteAction: Sendable {
  /// On the loop, without a task: for what needs no waiting and little time. The fast path.
  case direct(@Sendable (Request) -> Response)
  /// In a task that prefers the loop. A client that leaves cancels nothing; the answer is then dropped.
  case async(@Sendable (Request) async -> Response)
}

/// One line of the route table.
package struct Route: Sendable {
  package let method: HTTPMethod
  /// `/api/agents/{id}`: a `{name}` stands for one segment that is not empty.
  package let pattern: String
  /// What it is for, one sentence for the table.
  package let summary: String
  package let action: RouteAction

  package init(_ method: HTTPMethod, _ pattern: String, _ summary: String, _ action: RouteAction) {
    self.method = method
    self.pattern = pattern
    self.summary = summary
    self.action = action
  }
}
