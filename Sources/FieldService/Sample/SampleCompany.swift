import Basics
package import Datasets

/// The generated tables of one company: 10 technicians, all active, 50 jobs, 200 work logs, 100 expenses and 10 rules.
///
/// The same company always gets the same rows, down to the byte, and two companies share none but the rules. All dates lie around one day, so
/// that what is late or under way today stays so.
package struct SampleCompany {
  /// The day on which all of it was written down.
  package static let today = "2026-11-16"
  static let day = Day(today) ?? Day(number: 0)

  let name: String
  let technicians: [SampleTechnician]
  let jobs: [SampleJob]
  let logs: [SampleWorkLog]
  let expenses: [SampleExpense]

  /// - Parameter name: the company's id, of any form.
  init(_ name: String) {
    self.name = name
    technicians = SampleTechnician.all(of: name)
    jobs = SampleJob.all(of: name)
    logs = SampleWorkLog.all(of: name, technicians, jobs)
    expenses = SampleExpenses.all(of: name, jobs)
  }

  /// The tables of a company.
  package static func workbook(of name: String) -> Workbook {
    let company = Self(name)
    let rows = [
      company.technicians.map(\.row), company.jobs.map(\.row), company.logs.map(\.row),
      company.expenses.map(\.row), SampleRules.rows,
    ]
    return Workbook(
      zip(FieldServiceSchema.sheets, rows).map { sheet, rows in Sheet(sheet.name, sheet.columns, rows: rows) }
    )
  }

  /// `job_0007`
  static func id(_ prefix: String, _ number: Int, width: Int) -> JSON {
    .string("\(prefix)_\(padded(number, width))")
  }

  static func padded(_ number: Int, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// `2026-11-16 08:30:00`
  static func moment(_ day: Day, hour: Int, minute: Int = 0, second: Int = 0) -> String {
    "\(day.text) \(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
  }

  /// A moment of somebody's working day.
  static func moment(_ day: Day, _ dice: inout Dice) -> String {
    moment(day, hour: dice.roll(in: 7...17), minute: dice.roll(60), second: dice.roll(60))
  }

  /// The working day on or before a day.
  static func workingDay(_ day: Day) -> Day {
    // Day 0 was a Thursday.
    let weekday = ((day.number + 3) % 7 + 7) % 7
    return weekday > 4 ? day.advanced(by: 4 - weekday) : day
  }
}
