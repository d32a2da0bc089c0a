package import Wire

/// How a route answers.
package enum RouteAction: Sendable {
  /// On the loop, without a task: for what needs no waiting and little time. The fast path.
  case direct(@Sendable (Request) -> Response)
  /// In a task that prefers the loop. A client that leaves cancels nothing, and the answer is dropped, unless the route does something about it
  /// (`Request.whenPeerLeaves`).
  case async(@Sendable (Request) async -> Response)
  /// In a task of the pool that begins with the head, and takes the body while it comes: for bodies too large for memory. The request's own
  /// `body` stays empty. A client that leaves cuts the stream. The pattern has no parameters, as the limit is looked up by path.
  case streamed(bodyLimit: Int, @Sendable (Request, BodyStream) async -> Response)
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
