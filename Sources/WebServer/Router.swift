package import Wire

/// Finds the route of a request: paths without parameters by one look-up, the others segment by segment.
package struct Router: Sendable, CustomStringConvertible {
  /// What was found.
  package enum Match: Sendable {
    case route(Route, parameters: [String: String])
    /// The path exists, but not with this method; the methods that it has, sorted, for `Allow`.
    case otherMethods([String])
    case nothing
  }

  private struct Node: Sendable {
    var literals: [String: Int] = [:]
    var parameter: Int?
    /// The routes that end here.
    var endings: [Ending] = []
  }

  /// The routes of one path are few: comparing methods in turn is faster than hashing one.
  private struct Ending: Sendable {
    let route: Route
    /// The pattern's parameter names, in order.
    let names: [String]
  }

  /// The table, in the order of its lines.
  package let routes: [Route]
  private var fixed: [String: [Ending]] = [:]
  private var nodes = [Node()]
  private let allMethods: [String]

  /// Builds the look-ups.
  ///
  /// - Precondition: no method and path pattern occurs twice.
  package init(_ routes: [Route]) {
    self.routes = routes
    allMethods = Self.allowed(routes)
    for route in routes { insert(route) }
  }

  /// Finds the route for a method and a path; `*` is the whole server (RFC 9110 §9.3.7). HEAD is served by GET's route when it has none of its own.
  package func match(_ method: HTTPMethod, _ target: RequestTarget) -> Match {
    if target.path == "*" { return .otherMethods(allMethods) }
    if let endings = fixed[target.path] {
      if let ending = Self.choose(endings, method) { return .route(ending.route, parameters: [:]) }
      return .otherMethods(Self.allowed(endings))
    }
    var values: [String] = []
    guard nodes.count > 1, let node = find(target.segments[...], from: 0, &values) else { return .nothing }
    guard let ending = Self.choose(nodes[node].endings, method) else {
      return .otherMethods(Self.allowed(nodes[node].endings))
    }
    return .route(ending.route, parameters: Dictionary(zip(ending.names, values)) { first, _ in first })
  }

  /// The path of a route that a path means which has slashes at its end; nil when there is none. Paths with parameters are not looked for: what
  /// a client wrote must not become a place to go to.
  package func path(withoutSlash path: String) -> String? {
    guard path.hasSuffix("/") else { return nil }
    let count = path.utf8.reversed().prefix { $0 == UInt8(ascii: "/") }.count
    let short = String(path.dropLast(count))
    return fixed[short] == nil ? nil : short
  }

  /// The table as text: method, pattern, summary.
  package var description: String {
    let width = routes.map { $0.pattern.count }.max() ?? 0
    return routes.map { route in
      let method = route.method.name + String(repeating: " ", count: max(0, 7 - route.method.name.count))
      let pattern = route.pattern + String(repeating: " ", count: width - route.pattern.count)
      return "\(method) \(pattern)  \(route.summary)\n"
    }.joined()
  }

  private static func choose(_ endings: [Ending], _ method: HTTPMethod) -> Ending? {
    for ending in endings where ending.route.method == method { return ending }
    return method == .head ? choose(endings, .get) : nil
  }

  private static func allowed(_ endings: [Ending]) -> [String] { allowed(endings.map(\.route)) }

  private static func allowed(_ routes: [Route]) -> [String] {
    var names = Set(routes.map(\.method.name))
    if names.contains("GET") { names.insert("HEAD") }
    names.insert("OPTIONS")
    return names.sorted()
  }

  private mutating func insert(_ route: Route) {
    let segments = route.pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(
      String.init)
    let names = segments.compactMap(Self.parameterName)
    let ending = Ending(route: route, names: names)
    guard !names.isEmpty else { return Self.add(ending, to: &fixed[route.pattern, default: []]) }
    var node = 0
    for segment in segments { node = child(of: node, segment) }
    Self.add(ending, to: &nodes[node].endings)
  }

  private static func add(_ ending: Ending, to endings: inout [Ending]) {
    let route = ending.route
    precondition(
      !endings.contains { $0.route.method == route.method }, "two routes for \(route.method) \(route.pattern)"
    )
    endings.append(ending)
  }

  private mutating func child(of node: Int, _ segment: String) -> Int {
    let isParameter = Self.parameterName(segment) != nil
    if let known = isParameter ? nodes[node].parameter : nodes[node].literals[segment] { return known }
    nodes.append(Node())
    if isParameter {
      nodes[node].parameter = nodes.count - 1
    } else {
      nodes[node].literals[segment] = nodes.count - 1
    }
    return nodes.count - 1
  }

  /// A literal segment outranks a parameter; where it leads nowhere, the parameter is tried.
  private func find(_ segments: ArraySlice<String>, from node: Int, _ values: inout [String]) -> Int? {
    guard let segment = segments.first else { return nodes[node].endings.isEmpty ? nil : node }
    if let next = nodes[node].literals[segment], let found = find(segments.dropFirst(), from: next, &values) {
      return found
    }
    guard let next = nodes[node].parameter, !segment.isEmpty else { return nil }
    values.append(segment)
    if let found = find(segments.dropFirst(), from: next, &values) { return found }
    values.removeLast()
    return nil
  }

  private static func parameterName(_ segment: String) -> String? {
    segment.hasPrefix("{") && segment.hasSuffix("}") ? String(segment.dropFirst().dropLast()) : nil
  }
}
