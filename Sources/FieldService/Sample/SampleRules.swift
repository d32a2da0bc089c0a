import Basics

/// The rules that schedules are held against; the same for every company.
enum SampleRules {
  private static let rules: [(name: String, description: String, severity: String)] = [
    (
      "Daily hours",
      "Nobody logs more hours a day than the contract allows: 8 full time, 6 part time, 10 as a contractor.",
      "error"
    ),
    (
      "Weekly hours",
      "Nobody logs more hours a week than the contract allows: 40 full time, 20 part time, 50 as a contractor.",
      "error"
    ),
    ("Skill match", "Who works on a job has at least one of the skills that it requires.", "error"),
    ("Budget warning", "The office is told when expenses reach 80 % of a job's budget.", "warning"),
    (
      "Budget exceeded", "Expenses of more than 120 % of a job's budget stop the job until it is approved.",
      "error"
    ),
    ("Receipt required", "An expense of more than $100 needs a receipt.", "warning"),
    ("No overlapping jobs", "Nobody is on two jobs at the same time.", "error"),
    ("Active technicians only", "Only technicians who are active are scheduled.", "error"),
    ("Approval in time", "Work logs are approved within 7 days.", "warning"),
    ("Weekend rate", "Hours of contractors on a weekend are paid 1.5 times.", "info"),
  ]

  static let rows: [[JSON]] = rules.enumerated().map { index, rule in
    [
      SampleCompany.id("rule", index + 1, width: 3), .string(rule.name), .string(rule.description),
      .string(rule.severity), .bool(true),
    ]
  }
}
