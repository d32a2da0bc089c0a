import Basics
import Fetch
import Tools

/// A URL with places that arguments fill: `https://host/users/{id}?fields={fields}`.
///
/// Places stand in the path and the query only, so that no argument chooses the server.
struct URLTemplate: Equatable, Sendable {
  private enum Piece: Equatable, Sendable {
    case text(String)
    case place(String)

    var place: String? { if case .place(let name) = self { name } else { nil } }
  }

  /// Up to the path.
  private let origin: String
  private let path: [Piece]
  /// What stood between `&`.
  private let query: [[Piece]]

  /// - Throws: `invalid_tool`.
  init(_ text: String) throws(ToolError) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    // Behind `://`; FetchURL refuses what has none.
    let scheme = parts[0].prefix { $0 != ":" }
    let authority = parts[0].dropFirst(scheme.count + 3)
    let pathStart = authority.firstIndex(of: "/") ?? parts[0].endIndex
    origin = String(parts[0][..<pathStart])
    guard !text.contains("#") else { throw Self.fault("must have no fragment") }
    guard !origin.contains("{") else { throw Self.fault("must have its places behind the server's name") }
    path = try Self.pieces(parts[0][pathStart...])
    let words = parts.count > 1 ? parts[1].split(separator: "&") : []
    query = try words.map { word throws(ToolError) in try Self.pieces(word) }
    do throws(FetchError) {
      _ = try FetchURL(origin + Self.text(of: path))
    } catch {
      throw ToolError("invalid_tool", "url cannot be used: \(error.message)", hint: error.hint)
    }
  }

  /// The names of all places.
  var places: Set<String> { Set((path + query.joined()).compactMap(\.place)) }

  /// The names of the places that must be filled.
  var pathPlaces: Set<String> { Set(path.compactMap(\.place)) }

  /// The names of the query's words in which some text stands behind `=`, not only places.
  var fixedNames: [String] {
    query.compactMap { word in
      let halves = Self.text(of: word, place: "").split(separator: "=", maxSplits: 1)
      return halves.count == 2 ? String(halves[0]) : nil
    }
  }

  /// Whether both ask the same server.
  func hasSameOrigin(as other: URLTemplate) -> Bool {
    guard let a = try? FetchURL(origin), let b = try? FetchURL(other.origin) else { return false }
    return a.hasSameOrigin(as: b)
  }

  /// The URL with its places filled; a word of the query whose argument is missing is left out.
  ///
  /// - Parameter more: arguments that have no place, as further words of the query.
  /// - Throws: `tool_arguments_invalid`.
  func url(filledWith arguments: JSONObject, more: JSONObject = [:]) throws(ToolError) -> FetchURL {
    var text = ""
    for piece in path {
      switch piece {
      case .text(let fixed): text += fixed
      case .place(let name):
        guard let value = arguments[name].flatMap(Self.word), !value.isEmpty else {
          throw ToolError("tool_arguments_invalid", "The argument \(name) is missing; the URL needs it.")
        }
        text += Self.encoded(value)
      }
    }
    // Servers and proxies climb on them, encoded or not.
    guard !text.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
      throw ToolError("tool_arguments_invalid", "An argument must not be a step of a path like . or ..")
    }
    let words = query.compactMap { Self.filled($0, with: arguments) } + Self.words(more)
    let whole =
      origin + (text.isEmpty ? "/" : text) + (words.isEmpty ? "" : "?" + words.joined(separator: "&"))
    do throws(FetchError) {
      return try FetchURL(whole)
    } catch {
      throw ToolError("tool_arguments_invalid", "The arguments make no URL: \(error.message)")
    }
  }

  private static func filled(_ pieces: [Piece], with arguments: JSONObject) -> String? {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let fixed): text += fixed
      case .place(let name):
        guard let value = arguments[name].flatMap(word) else { return nil }
        text += encoded(value)
      }
    }
    return text
  }

  /// A word a value: an array of plain values repeats its name.
  private static func words(_ arguments: JSONObject) -> [String] {
    arguments.members.flatMap { member in
      let isList = member.value.array?.allSatisfy { $0.array == nil && $0.object == nil } ?? false
      let values = isList ? member.value.array ?? [] : [member.value]
      return values.compactMap(word).map { "\(encoded(member.name))=\(encoded($0))" }
    }
  }

  /// A value as it stands in a URL; nil for null.
  private static func word(_ value: JSON) -> String? {
    switch value {
    case .null: nil
    case .string(let text): text
    default: value.text
    }
  }

  /// Dots alone are judged where they stand.
  private static func encoded(_ text: String) -> String {
    text.allSatisfy { $0 == "." } ? text : PercentEncoding.segment(text)
  }

  private static func pieces(_ text: Substring) throws(ToolError) -> [Piece] {
    var pieces: [Piece] = []
    var rest = text
    while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[open] == "{", let end = rest[open...].firstIndex(of: "}") else {
        throw fault("has a brace without its other half")
      }
      let name = rest[rest.index(after: open)..<end]
      guard !name.isEmpty, !name.contains("{") else { throw fault("has a place without a name") }
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      pieces.append(.place(String(name)))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    return pieces
  }

  private static func text(of pieces: [Piece], place: String = "x") -> String {
    pieces.reduce(into: "") { text, piece in
      if case .text(let fixed) = piece { text += fixed } else { text += place }
    }
  }

  private static func fault(_ words: String) -> ToolError {
    ToolError(
      "invalid_tool", "url \(words).", hint: "Write it like https://host/path/{argument}?name={other}.")
  }
}
