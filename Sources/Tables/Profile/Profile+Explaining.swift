import Basics

extension Profile {
  /// The profile with the sentences and questions that follow from it.
  var explained: Profile {
    var profile = self
    profile.patterns = Array(sentences.prefix(10))
    profile.questions = Array(possibleQuestions.prefix(6))
    return profile
  }

  /// What stands out, the most telling first.
  private var sentences: [String] {
    timePatterns + outcomePatterns + correlationPatterns + gapPatterns + skewPatterns + shapePatterns
  }

  private var timePatterns: [String] {
    guard let (column, profile) = datetime else { return [] }
    let hour =
      profile.hasTime ? ["Most of \(column.name) falls in the hour from \(profile.peakHour):00."] : []
    return hour + ["Most of \(column.name) falls on a \(profile.peakWeekday)."]
  }

  private var outcomePatterns: [String] {
    outcomes.map {
      "By \($0.column), \(Self.percent($0.failure)) failed and \(Self.percent($0.success)) succeeded."
    }
  }

  private var correlationPatterns: [String] {
    correlations.filter { $0.strength == "strong" }.map {
      "\($0.left) and \($0.right) go \($0.pearson > 0 ? "up together" : "in opposite directions") "
        + "(r = \(Self.rounded($0.pearson, 2)))."
    }
  }

  private var gapPatterns: [String] {
    columns.filter { $0.missingShare > 30 }
      .map { "\($0.name) lacks \(Self.percent($0.missingShare)) of its values." }
  }

  private var skewPatterns: [String] {
    columns.compactMap { column in
      guard case .numeric(let profile) = column.details, let skewness = profile.skewness, abs(skewness) > 2
      else {
        return nil
      }
      return "\(column.name) is strongly skewed to the \(skewness > 0 ? "right" : "left") "
        + "(skewness \(Self.rounded(skewness, 2))): its median says more than its mean."
    }
  }

  private var shapePatterns: [String] {
    let many = columns.filter { $0.kind == .categorical && $0.distinctCount > 100 }
      .map { "\($0.name) has \($0.distinctCount) different texts." }
    let constant = columns.filter(\.isConstant).map { "\($0.name) has the same value in every row." }
    let duplicates =
      health.duplicateRows > 0
      ? ["\(health.duplicateRows) rows (\(Self.percent(health.duplicateShare))) repeat an earlier one."] : []
    return duplicates + constant + many
  }

  /// Questions, those first that most people would ask.
  private var possibleQuestions: [String] {
    let target = columns.first { $0.role == .targetMetric }
    let dimension = columns.first {
      ($0.kind == .categorical || $0.kind == .boolean) && 2...25 ~= $0.distinctCount
        && $0.name != target?.name
    }
    let metrics = columns.filter { $0.kind == .numeric && $0.role != .identifier }
    let metric = metrics.first { $0.role == .financialMetric } ?? metrics.first
    var questions: [String] = []
    if let target { questions.append("What is the breakdown of \(target.name)?") }
    if let dimension, let target { questions.append("Which \(dimension.name) has the worst \(target.name)?") }
    if let metric, let dimension {
      questions.append("What is the average \(metric.name) by \(dimension.name)?")
    }
    if let (column, _) = datetime {
      questions.append("How has \(metric?.name ?? "the number of rows") changed over \(column.name)?")
      questions.append("At which hours and on which days is most going on?")
    }
    if let metric { questions.append("Are there outliers in \(metric.name)?") }
    if let metric { questions.append("How is \(metric.name) distributed?") }
    if metrics.count > 1 { questions.append("How do \(metrics[0].name) and \(metrics[1].name) relate?") }
    if let dimension { questions.append("How do the segments of \(dimension.name) compare?") }
    return questions.isEmpty ? ["How many rows are there?"] : questions
  }

  private static func percent(_ share: Double) -> String { "\(rounded(share, 2))%" }

  static func rounded(_ value: Double, _ places: Int) -> Double {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = value * scale
    // Beyond 2^53 there is nothing behind the point.
    return abs(scaled) < 9e15 ? scaled.rounded(.toNearestOrEven) / scale : value
  }
}
