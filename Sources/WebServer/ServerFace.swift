import Wire

/// What a listener shows: its routes, and what is decided for all its answers. Listeners of one server may show different ones.
package final class ServerFace: Sendable {
  let router: Router
  let hooks: ServerHooks
  /// How long the bodies may be that routes take while they come, by pattern.
  private let bodies: [String: Int]

  package init(_ router: Router, hooks: ServerHooks = ServerHooks()) {
    self.router = router
    self.hooks = hooks
    bodies = router.routes.reduce(into: [:]) { bodies, route in
      if case .streamed(let limit, _) = route.action { bodies[route.pattern] = limit }
    }
  }

  /// A server's limits with those of the routes.
  func limits(_ limits: HTTPLimits) -> HTTPLimits {
    var limits = limits
    limits.bodies = bodies
    return limits
  }

  /// Whoever puts a slash behind a path is sent to it, with method and body, as frameworks do whose clients call here.
  func noRoute(_ request: Request) -> Response {
    let target = request.head.target
    if let path = router.path(withoutSlash: target.path) {
      return Response(307, fields: ["Location": path + (target.rawQuery.map { "?\($0)" } ?? "")])
    }
    return hooks.errorResponse(
      404, "route_not_found", "There is nothing at \(request.path).", nil, request.path)
  }

  /// The path exists with other methods. OPTIONS learns which (RFC 9110 §9.3.7), others are refused (§15.5.6).
  func otherMethods(_ methods: [String], _ request: Request) -> Response {
    var response =
      request.method == .options
      ? Response(204)
      : hooks.errorResponse(
        405, "method_not_allowed", "\(request.path) does not take \(request.method).",
        "Use \(methods.joined(separator: ", ")).", request.path)
    response.fields.set("Allow", methods.joined(separator: ", "))
    return response
  }

  /// The request came too late to be read to its end.
  func leaving(_ request: Request) -> Response {
    hooks.errorResponse(
      503, "draining", "The server is shutting down.", "Try again in a few seconds.", request.path)
  }
}
