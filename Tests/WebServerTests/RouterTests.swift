import Testing
import WebServer
import Wire

@Suite struct RouterTests {
  private static func route(_ method: HTTPMethod, _ pattern: String) -> Route {
    Route(method, pattern, "Does \(method.name.lowercased()).", .direct { _ in Response(200) })
  }

  private let router = Router([
    route(.get, "/"), route(.get, "/agents"), route(.post, "/agents"), route(.get, "/agents/{id}"),
    route(.get, "/agents/{id}/runs/{run}"), route(.get, "/agents/all"), route(.delete, "/agents/{agent}"),
    route(.get, "/agents/all/extra"),
  ])

  static let found: [(HTTPMethod, String, String, [String: String])] = [
    (.get, "/", "/", [:]), (.get, "/agents?x=1", "/agents", [:]), (.head, "/agents", "/agents", [:]),
    (.get, "/agents/a%20b", "/agents/{id}", ["id": "a b"]),
    (.get, "/agents/a%2Fb", "/agents/{id}", ["id": "a/b"]),
    (.get, "/agents/all", "/agents/all", [:]),
    (.get, "/agents/all/runs/7", "/agents/{id}/runs/{run}", ["id": "all", "run": "7"]),
    (.delete, "/agents/9", "/agents/{agent}", ["agent": "9"]),
    (.get, "/agents/all/extra", "/agents/all/extra", [:]),
  ]

  @Test(arguments: [
    ("/agents/", "/agents"), ("/agents//", "/agents"), ("/agents", nil), ("/", nil), ("//", nil),
    ("/agents/1/", nil), ("//evil.example/", nil), ("/nothing/", nil),
  ])
  func `a path with a slash too many means the one without, if that is whole in the table`(
    path: String, short: String?
  ) {
    #expect(router.path(withoutSlash: path) == short)
  }

  @Test(arguments: found)
  func `A path finds its route and parameters`(
    method: HTTPMethod, target: String, pattern: String, parameters: [String: String]
  ) throws {
    guard case .route(let route, let values) = router.match(method, try RequestTarget(target)) else {
      Issue.record("nothing found")
      return
    }
    #expect(route.pattern == pattern)
    #expect(values == parameters)
  }

  @Test(arguments: [
    "/nothing", "/agents/", "/agents/1/", "/agents/1/runs", "/agents//runs/7", "/Agents",
  ])
  func `Other paths find nothing`(target: String) throws {
    guard case .nothing = router.match(.get, try RequestTarget(target)) else {
      Issue.record("something found")
      return
    }
  }

  @Test func `A path with other methods names them`() throws {
    guard case .otherMethods(let methods) = router.match(.put, try RequestTarget("/agents/1")) else {
      Issue.record("no methods")
      return
    }
    #expect(methods == ["DELETE", "GET", "HEAD", "OPTIONS"])
  }

  @Test func `A star is the whole server`() throws {
    guard case .otherMethods(let methods) = router.match(.options, try RequestTarget("*")) else {
      Issue.record("no methods")
      return
    }
    #expect(methods == ["DELETE", "GET", "HEAD", "OPTIONS", "POST"])
  }

  @Test func `An escape that is not needed changes no route`() throws {
    guard case .route(let route, _) = router.match(.get, try RequestTarget("/%61gents")) else {
      Issue.record("nothing found")
      return
    }
    #expect(route.pattern == "/agents")
  }

  @Test func `The table prints itself`() {
    let lines = router.description.split(separator: "\n").map(String.init)
    #expect(lines.count == 8)
    #expect(lines[2] == "POST    /agents                  Does post.")
  }
}
