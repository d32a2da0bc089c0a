import Basics

/// What an answer found out about a data set.
enum Insight {
  /// An insight with the moment of its finding; one that brings its own keeps it.
  static func stamped(_ insight: JSON, at now: Timestamp) -> JSON {
    guard var object = insight.object else {
      return ["finding": insight, "timestamp": .string(now.iso8601)]
    }
    if object["timestamp"]?.string?.isEmpty ?? true { object["timestamp"] = .string(now.iso8601) }
    return .object(object)
  }

  /// Insights in whose finding a word occurs; all of them for `all` and for no word.
  static func select(_ insights: [JSON], about word: String?) -> [JSON] {
    guard let word = word?.lowercased(), !word.isEmpty, word != "all" else { return insights }
    return insights.filter { $0["finding"]?.string?.lowercased().contains(word) ?? false }
  }
}
