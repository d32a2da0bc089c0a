import Basics
import Model
import Providers
import Storage

/// What a query asks of usage: which days, whose, and what is put together.
struct UsageQuery {
  /// Days that one answer may span: ten years.
  static let longest: Int64 = 3660
  /// Days that count when nothing is asked for: today and the month before.
  static let standard: Int64 = 30

  let selection: UsageSelection
  /// As they were asked for, without repetitions.
  let dimensions: [UsageDimension]

  /// - Throws: `invalid_query`, naming what is wrong; `provider_unknown`.
  init(_ query: RequestQuery, today: Day) throws {
    let to = try Self.day("to", query) ?? today
    let from = try Self.day("from", query) ?? to.advanced(by: 1 - Self.standard)
    guard from <= to else { throw APIError.invalidQuery("from", mustBe: "a day that is not after to") }
    guard to.number - from.number < Self.longest else {
      throw APIError.invalidQuery("from", mustBe: "at most \(Self.longest) days before to")
    }
    dimensions = try Self.dimensions(query)
    var selection = UsageSelection(from: from, to: to)
    selection.dimensions = Set(dimensions)
    selection.agent = query["agent"].map { Identifier($0) }
    selection.provider = try query["provider"].map { try Self.provider($0) }
    selection.model = query["model"]
    selection.key = query["key"]
    selection.user = query["user"]
    self.selection = selection
  }

  private static func day(_ name: String, _ query: RequestQuery) throws(APIError) -> Day? {
    guard let text = query[name] else { return nil }
    guard let day = Day(text) else { throw .invalidQuery(name, mustBe: "a day like 2026-11-21, not \(text)") }
    return day
  }

  private static func dimensions(_ query: RequestQuery) throws(APIError) -> [UsageDimension] {
    var dimensions: [UsageDimension] = []
    for word in (query["group"] ?? "").split(separator: ",", omittingEmptySubsequences: true) {
      guard let dimension = UsageDimension(rawValue: String(word)) else {
        let words = UsageDimension.allCases.map(\.rawValue)
        throw APIError(
          "invalid_query",
          "group must be made of \(words.joined(separator: ", ")), with commas between, not \(word).",
          hint: APIError.suggestion(for: String(word), known: words))
      }
      if !dimensions.contains(dimension) { dimensions.append(dimension) }
    }
    return dimensions
  }

  /// The name under which calls of a provider are counted.
  private static func provider(_ name: String) throws(APIError) -> String {
    guard let row = ProviderTable.row(named: name) else {
      throw APIError(
        "provider_unknown", "Unknown provider: \(name)",
        hint: "Providers: \(ProviderTable.rows.map(\.name).joined(separator: ", ")).")
    }
    return row.name
  }
}
