import Basics
import Storage
import WebServer
import Wire

/// What differs by listener — `/`, `/health`, `/docs` — and the same of every profile under its name, on every listener.
enum ProfileRoutes {
  static let entries: [RouteEntry] =
    [
      RouteEntry(.get, "/", "the page, or the listener's profile; with Upgrade, the WebSocket") { context in
        root(of: context.listener.profile, context)
      },
      RouteEntry(.get, "/health", "tells that the hub is alive, as the listener's profile says it") {
        context in health(of: context.listener.profile, context)
      },
      RouteEntry(.get, "/docs", "the surfaces' documentation, with forms to try them", direct: docs),
      RouteEntry(.get, "/redoc", "the same page", direct: docs),
      RouteEntry(.get, "/openapi.json", "the surfaces as an OpenAPI document") { context in
        openAPI(of: context.listener.profile, context)
      },
    ] + ProfileTable.rows.flatMap(prefixed)

  private static func prefixed(_ profile: ListenerProfile) -> [RouteEntry] {
    let path = "/\(profile.name)"
    return [
      RouteEntry(.get, path, "`/` of the profile \(profile.name)") { root(of: profile, $0) },
      RouteEntry(.get, "\(path)/health", "`/health` of the profile \(profile.name)") {
        health(of: profile, $0)
      },
      RouteEntry(.get, "\(path)/docs", "`/docs` of the profile \(profile.name)", direct: docs),
      RouteEntry(.get, "\(path)/openapi.json", "`/openapi.json` of the profile \(profile.name)") {
        openAPI(of: profile, $0)
      },
    ]
  }

  /// The page for browsers, the profile for programs, the socket for those who ask for it.
  private static func root(
    of profile: ListenerProfile, _ context: APIContext
  ) -> @Sendable (Request) -> Response {
    let page = DashboardFiles.page
    return { request in
      if WebSocketHandshake.isAsked(by: request.head) { return SocketEndpoint.upgrade(request, context) }
      switch profile.root {
      case .page: return page.response(to: request)
      case .json(let json): return .json(json)
      }
    }
  }

  /// Encoded once: this is what load balancers ask most.
  private static func health(
    of profile: ListenerProfile, _ context: APIContext
  ) -> @Sendable (Request) -> Response {
    let facts = ListenerProfile.Facts(
      port: context.listener.port, version: context.configuration.version, epoch: context.store.epoch,
      environment: context.configuration.environment)
    let answer = Response.json(profile.health(facts))
    return { _ in answer }
  }

  private static func openAPI(
    of profile: ListenerProfile, _ context: APIContext
  ) -> @Sendable (Request) -> Response {
    let answer = Response.json(
      OpenAPIDocument.json(title: profile.title, version: "1.0.0", operations: profile.operations))
    return { _ in answer }
  }

  private static func docs(_ context: APIContext) -> @Sendable (Request) -> Response {
    let page = DashboardFiles.documentation
    return { page.response(to: $0) }
  }
}
