package import Basics

/// The parts of a written profile that can be asked for by name.
package enum ProfileSection {
  /// What each name stands for in the profile. Some are shorter than the member they mean.
  private static let members: KeyValuePairs<String, String> = [
    "columns": "columns", "baselines": "baselines", "patterns": "detected_patterns",
    "detected_patterns": "detected_patterns", "correlations": "correlations",
    "datetime_info": "datetime_info",
    "outlier_summary": "outlier_summary", "segment_breakdown": "segment_breakdown", "health": "health",
    "missing_summary": "missing_summary", "suggested_queries": "suggested_queries",
    "accumulated_insights": "accumulated_insights",
  ]

  /// All names, for the description of a tool.
  package static var names: [String] { members.map(\.key) }

  /// The named parts of a written profile, with its size; the whole of it when no known part is named.
  package static func select(_ names: [String], of profile: JSON) -> JSON {
    let chosen = members.filter { names.contains($0.key) }.map(\.value)
    guard !chosen.isEmpty else { return profile }
    var object = JSONObject()
    for name in ["row_count", "col_count"] + chosen { object[name] = profile.object?[name] }
    return .object(object)
  }
}
