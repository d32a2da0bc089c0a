import Basics
import Model
import Storage
import WebServer
import Wire

/// Full-text search over messages.
enum SearchRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/search",
      "finds messages by words, \"phrases\" and beginnings*, with highlights and the place to open",
      .searchMessages, search)
  ]

  /// Bytes of what is looked for.
  static let longest = 2000

  private static func search(_ request: Request, _ context: APIContext) async throws -> Response {
    let search = try search(request.query(.searchMessages))
    let (page, isComplete) = try await context.store.find(search)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("items", page.items.map(FoundMessageJSON.init))
    writer.member("next", orNull: page.next?.text)
    writer.member("complete", isComplete)
    writer.endObject()
    return .json(bytes: writer.bytes)
  }

  private static func search(_ query: RequestQuery) throws(APIError) -> MessageSearch {
    guard let text = query["q"] else {
      throw .invalidQuery("q", mustBe: "what to look for: words, \"a phrase\", a beginning*")
    }
    guard text.utf8.count <= longest else { throw .invalidQuery("q", mustBe: "at most \(longest) bytes") }
    var search = MessageSearch(try words(text))
    search.type = try query.choice("type", of: SearchedType.self)?.kind ?? .message
    search.role = try query.choice("role", of: SearchedRole.self)?.role
    search.agent = query["agent"].map { Identifier($0) }
    search.conversation = query["conversation"].map { Identifier($0) }
    search.since = try query.moment("since")
    search.until = try query.moment("until")
    search.sort = try query.choice("sort", of: MessageSearch.Sort.self) ?? .best
    search.limit = try query.limit()
    if let cursor = query["cursor"] {
      guard let place = SearchCursor(text: cursor) else { throw .unknownCursor(cursor) }
      search.cursor = place
    }
    return search
  }

  private static func words(_ text: String) throws(APIError) -> MessageQuery {
    do throws(MessageQuery.Fault) {
      return try MessageQuery(text)
    } catch {
      switch error {
      case .noWord: throw .invalidQuery("q", mustBe: "more than signs: it has no letter and no digit")
      case .tooManyWords: throw .invalidQuery("q", mustBe: "at most \(MessageQuery.most) words and phrases")
      case .shortBeginning:
        throw .invalidQuery(
          "q", mustBe: "more exact: \(MessageQuery.shortestBeginning) letters or more before each *")
      }
    }
  }

  /// Actions are calls of tools and what steps say; nobody looks for those by words.
  enum SearchedType: String, CaseIterable {
    case message, thought

    var kind: Message.Kind { self == .message ? .message : .thought }
  }

  enum SearchedRole: String, CaseIterable {
    case user, agent, system

    var role: Message.Role {
      switch self {
      case .user: .user
      case .agent: .agent
      case .system: .system
      }
    }
  }
}

extension RequestQuery {
  /// A moment or a day; nil when it is not given.
  func moment(_ name: String) throws(APIError) -> Timestamp? {
    guard let text = self[name] else { return nil }
    guard let moment = Timestamp(text: text) else {
      throw .invalidQuery(
        name, mustBe: "a moment like 2026-11-21T09:30:00Z or a day like 2026-11-21, not \(text)")
    }
    return moment
  }
}
