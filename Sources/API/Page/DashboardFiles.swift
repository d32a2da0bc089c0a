import Basics
import Storage
import WebServer
import Wire

/// The dashboard as the binary serves it: every embedded file of `Sources/Dashboard`. To add one is a line in `CAssets`.
enum DashboardFiles {
  private static let folder = "Sources/Dashboard/"

  /// The page at `/`.
  static let page = StaticFile("\(folder)index.html")
  /// The page at `/docs`, which reads the API document beside it.
  static let documentation = StaticFile("\(folder)docs.html")

  /// The files at `/assets/…`, by name; compressed when the routes are made.
  private static let assets: [String: StaticFile] = {
    let prefix = "\(folder)assets/"
    let paths = Assets.paths.filter { $0.hasPrefix(prefix) }
    return Dictionary(
      uniqueKeysWithValues: paths.map { (String($0.dropFirst(prefix.count)), StaticFile($0)) })
  }()

  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/agenthub.js", "the client module for pages: sockets, resume, states of conversations",
      .getClientModule,
      direct: { _ in
        let module = StaticFile("\(folder)agenthub.js")
        return { module.response(to: $0) }
      }),
    RouteEntry(
      .get, "/assets/{file}", "the dashboard's scripts and styles", .getAsset,
      direct: { context in
        let files = assets
        return { request in
          guard let file = files[request.parameter("file")] else {
            return context.answer(
              APIError.notFound("file", request.parameter("file"), list: "/"), to: request)
          }
          return file.response(to: request)
        }
      }),
  ]
}
