import Basics
import Storage
import WebServer
import Wire

/// What differs by listener — `/`, `/health`, `/docs` — and the same of every profile under its name, on every listener.
enum ProfileRoutes {
  static let entries: [RouteEntry] =
    [
      RouteEntry(.get, "/", "the page, or the listener's profile; with Upgrade, the WebSocket", .root("")) {
        context in
        root(of: context.listener.profile, context)
      },
      RouteEntry(
        .get, "/health", "tells that the hub is alive, as the listener's profile says it", .health("")
      ) {
        context in health(of: context.listener.profile, context)
      },
      RouteEntry(
        .get, "/docs", "the documentation of all routes and of the sockets, to read and to try",
        .page("getDocs"), direct: docs),
      RouteEntry(.get, "/redoc", "the same page", .page("getRedoc"), direct: docs),
      RouteEntry(.get, "/openapi.json", "all routes as an OpenAPI document", .document("getOpenAPI")) {
        context in
        openAPI(of: context.listener.profile, context)
      },
      RouteEntry(
        .get, "/asyncapi.json", "what is said on the sockets, as an AsyncAPI document",
        .document("getAsyncAPI")
      ) { context in
        let version = context.configuration.version
        return { APIDocuments.asyncAPI(version: version).response(to: $0) }
      },
    ] + ProfileTable.rows.flatMap(prefixed)

  private static func prefixed(_ profile: ListenerProfile) -> [RouteEntry] {
    let path = "/\(profile.name)"
    let suffix = "Of" + profile.name.prefix(1).uppercased() + profile.name.dropFirst()
    return [
      RouteEntry(.get, path, "`/` of the profile \(profile.name)", .root(suffix)) { root(of: profile, $0) },
      RouteEntry(.get, "\(path)/health", "`/health` of the profile \(profile.name)", .health(suffix)) {
        health(of: profile, $0)
      },
      RouteEntry(
        .get, "\(path)/docs", "`/docs` of the profile \(profile.name)", .page("getDocs\(suffix)"),
        direct: docs),
      RouteEntry(
        .get, "\(path)/openapi.json", "`/openapi.json` of the profile \(profile.name)",
        .document("getOpenAPI\(suffix)")
      ) {
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
    let version = context.configuration.version
    return { APIDocuments.openAPI(of: profile, version: version).response(to: $0) }
  }

  private static func docs(_ context: APIContext) -> @Sendable (Request) -> Response {
    let page = DashboardFiles.documentation
    return { page.response(to: $0) }
  }
}
