package import Basics

extension Profile {
  /// The profile in its one written form: names in snake_case, numbers with 4 decimals, percentages with 2.
  package var json: JSON {
    .object([
      "row_count": .integer(Int64(rowCount)), "col_count": .integer(Int64(columns.count)),
      "columns": .array(columns.map(\.json)), "baselines": baselines, "health": health.json(of: self),
      "correlations": .array(correlations.map(\.json)), "datetime_info": datetimeSummary,
      "detected_patterns": .array(patterns.map { .string($0) }),
      "suggested_queries": .array(questions.map { .string($0) }), "missing_summary": missing.json,
      "outlier_summary": .array(outliers.map(\.json)), "segment_breakdown": .array(segments.map(\.json)),
      "accumulated_insights": [],
    ])
  }

  private var baselines: JSON {
    var object = JSONObject()
    for column in columns {
      guard case .numeric(let profile) = column.details else { continue }
      object[column.name] = .object([
        "mean": .rounded(profile.mean), "median": .rounded(profile.median),
        "std": .rounded(profile.deviation),
        "sum": .rounded(profile.sum), "p90": .rounded(profile.p90),
      ])
    }
    for rates in outcomes {
      object["\(rates.column)__failure_rate"] = .percent(rates.failure)
      object["\(rates.column)__success_rate"] = .percent(rates.success)
    }
    return .object(object)
  }

  private var datetimeSummary: JSON {
    guard let (column, profile) = datetime else { return [:] }
    return .object([
      "column": .string(column.name), "peak_hour": .count(profile.peakHour),
      "peak_day": .string(profile.peakWeekday), "peak_month": .count(profile.peakMonth),
      "span_days": .rounded(profile.span),
      "business_hours_pct": .percent(Percent.of(profile.businessCount, profile.valueCount)),
      "has_time_component": .bool(profile.hasTime),
      "hour_distribution": .distribution(profile.hours) { "\($0)" },
      "day_distribution": .distribution(profile.weekdays) { DatetimeProfile.weekdayNames[$0] },
      "month_distribution": .distribution(profile.months) { "\($0 + 1)" },
    ])
  }
}

extension JSON {
  /// A number with 4 decimals; null for none.
  static func rounded(_ value: Double?) -> JSON {
    guard let value, value.isFinite else { return .null }
    return .number(Profile.rounded(value, 4))
  }

  fileprivate static func percent(_ value: Double) -> JSON { .number(Profile.rounded(value, 2)) }
  fileprivate static func count(_ value: Int) -> JSON { .integer(Int64(value)) }
  fileprivate static func names(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }

  /// Counts by name, without those that are 0.
  fileprivate static func distribution(_ counts: [Int], name: (Int) -> String) -> JSON {
    var object = JSONObject()
    for (index, value) in counts.enumerated() where value > 0 { object[name(index)] = .count(value) }
    return .object(object)
  }
}

extension ColumnProfile {
  fileprivate var json: JSON {
    var object: JSONObject = [
      "name": .string(name), "type": .string(kind.rawValue), "dtype": .string(type.frameType),
      "null_count": .count(missingCount), "null_pct": .percent(missingShare),
      "unique_count": .count(distinctCount),
      "unique_pct": .percent(Percent.of(distinctCount, rowCount)), "is_constant": .bool(isConstant),
      "is_id_like": .bool(isIdentifying), "suggested_role": .string(role.rawValue),
    ]
    switch details {
    case .numeric(let profile): profile.write(into: &object)
    case .categorical(let profile): profile.write(into: &object, isNumeric: kind == .categoricalNumeric)
    case .datetime(let profile): profile.write(into: &object)
    case .none: break
    }
    return .object(object)
  }
}

extension NumericProfile {
  fileprivate func write(into object: inout JSONObject) {
    object["mean"] = .rounded(mean)
    object["std"] = .rounded(deviation)
    object["cv"] = .rounded(mean == 0 ? nil : deviation.map { $0 / abs(mean) })
    object["min"] = .rounded(smallest)
    object["p1"] = .rounded(p1)
    object["p25"] = .rounded(p25)
    object["median"] = .rounded(median)
    object["p75"] = .rounded(p75)
    object["p99"] = .rounded(p99)
    object["max"] = .rounded(largest)
    object["iqr"] = .rounded(iqr)
    object["skewness"] = .rounded(skewness)
    object["kurtosis"] = .rounded(excessKurtosis)
    object["zeros_pct"] = .percent(Percent.of(zeros, valueCount))
    object["negatives_pct"] = .percent(Percent.of(negatives, valueCount))
    object["outlier_count_iqr"] = .count(outliers.count)
    object["outlier_count_z"] = .count(zOutliers)
    object["outlier_pct"] = .percent(outliers.share)
    object["is_normal_p"] = .rounded(normality)
    object["likely_normal"] = .bool((normality ?? 0) > 0.05)
  }
}

extension CategoricalProfile {
  fileprivate func write(into object: inout JSONObject, isNumeric: Bool) {
    object["top_values"] = .names(top.map(\.value))
    object["top_value"] = top.first.map { .string($0.value) } ?? .null
    object["top_value_count"] = .count(top.first?.count ?? 0)
    object["top_value_pct"] = .percent(topShare)
    object["rare_values"] = .count(rareCount)
    object["rare_pct"] = .percent(Percent.of(rareCount, distinctCount))
    object["entropy"] = .rounded(entropy)
    object["is_dominated"] = .bool(topShare > 80)
    guard isNumeric else { return }
    object["mean"] = .rounded(mean)
    object["median"] = .rounded(median)
  }
}

extension DatetimeProfile {
  fileprivate func write(into object: inout JSONObject) {
    object["min_date"] = .string(Timestamp(milliseconds: first).iso8601)
    object["max_date"] = .string(Timestamp(milliseconds: last).iso8601)
    object["span_days"] = .rounded(span)
    object["span_years"] = .rounded(span / 365.25)
    object["peak_hour"] = .count(peakHour)
    object["peak_day"] = .string(peakWeekday)
    object["peak_month"] = .count(peakMonth)
    object["median_gap_days"] = .rounded(medianGap)
    object["max_gap_days"] = .rounded(largestGap)
    object["has_time_component"] = .bool(hasTime)
  }
}

extension TableHealth {
  fileprivate func json(of profile: Profile) -> JSON {
    var missing = JSONObject()
    for entry in missingByColumn { missing[entry.column] = .count(entry.count) }
    return .object([
      "score": .percent(score), "grade": .string(grade), "completeness": .percent(100 - missingShare),
      "duplicate_rows": .count(duplicateRows), "duplicate_pct": .percent(duplicateShare),
      "constant_cols": .names(constantColumns), "all_null_cols": .names(emptyColumns),
      "high_missing_cols": .names(gappyColumns), "missing_cells": .count(missingCells),
      "missing_by_col": .object(missing),
    ])
  }
}

extension ColumnCorrelation {
  fileprivate var json: JSON {
    .object([
      "col_a": .string(left), "col_b": .string(right), "pearson_r": .rounded(pearson),
      "spearman_r": .rounded(spearman), "direction": .string(pearson > 0 ? "positive" : "negative"),
      "strength": .string(strength), "nonlinear": .bool(isNonlinear),
    ])
  }
}

extension MissingSummary {
  fileprivate var json: JSON {
    .object([
      "has_missing": .bool(!columns.isEmpty), "affected_columns": .count(columns.count),
      "affected_column_names": .names(columns), "affected_rows": .count(affectedRows),
      "affected_rows_pct": .percent(Percent.of(affectedRows, rowCount)),
      "fully_empty_rows": .count(emptyRows),
      "co_missing_pairs": .array(
        pairs.map {
          .object([
            "col_a": .string($0.left), "col_b": .string($0.right), "co_missing_count": .count($0.count),
          ])
        }),
    ])
  }
}

extension OutlierSummary {
  fileprivate var json: JSON {
    .object([
      "column": .string(column), "iqr_outliers": .count(count), "iqr_outlier_pct": .percent(share),
      "extreme_outliers": .count(extremeCount), "lower_fence": .rounded(lowerFence),
      "upper_fence": .rounded(upperFence), "min_outlier": .rounded(smallest),
      "max_outlier": .rounded(largest),
    ])
  }
}

extension SegmentBreakdown {
  fileprivate var json: JSON {
    .object([
      "dimension": .string(dimension), "metric": .string(metric),
      "data": .array(
        segments.map { segment in
          .object([
            dimension: .string(segment.value), "count": .count(segment.count), "mean": .rounded(segment.mean),
            "median": .rounded(segment.median), "std": .rounded(segment.deviation),
            "total": .rounded(segment.total),
          ])
        }),
    ])
  }
}
