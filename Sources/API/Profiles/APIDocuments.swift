import Basics
import Synchronization

/// The documents that are made of tables, each made when it is first asked for, and then kept: plain, compressed and tagged.
enum APIDocuments {
  private static let made = Mutex<[String: StaticFile]>([:])

  /// The OpenAPI document of a profile: all routes, or those of its surface.
  static func openAPI(of profile: ListenerProfile, version: String) -> StaticFile {
    kept("openapi \(profile.name) \(version)") {
      let document = OpenAPIDocument(title: profile.title, version: version, errors: profile.errors)
      return document.json(entries(of: profile))
    }
  }

  /// What is said on the sockets.
  static func asyncAPI(version: String) -> StaticFile {
    kept("asyncapi \(version)") { AsyncAPIDocument.json(version: version) }
  }

  /// What the document of a profile lists.
  static func entries(of profile: ListenerProfile) -> [RouteEntry] {
    guard let tags = profile.tags else { return RouteTable.entries }
    return RouteTable.entries.filter { tags.contains($0.operation.tag) }
  }

  private static func kept(_ name: String, _ make: () -> JSON) -> StaticFile {
    made.withLock { made in
      if let file = made[name] { return file }
      let file = StaticFile(make().bytes, type: "application/json; charset=utf-8")
      made[name] = file
      return file
    }
  }
}
