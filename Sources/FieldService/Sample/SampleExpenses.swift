import Basics

/// What was spent for a job.
struct SampleExpense {
  let row: [JSON]
}

/// The expenses of a company.
enum SampleExpenses {
  static let count = 100
  static let types = ["materials", "travel", "equipment", "tools", "permits", "parking"]
  private static let shops = [
    "Bayside Supply", "Central Tool Rental", "Delta Electric Wholesale", "Golden State Hardware",
    "Pacific Pipe", "Valley Building Center",
  ]

  static func all(of company: String, _ jobs: [SampleJob]) -> [SampleExpense] {
    var dice = Dice(seed: "expenses of \(company)")
    let begun = jobs.filter(\.hasBegun)
    return (1...count).map { number in
      // Materials are half of all expenses.
      let type = number % 2 == 0 ? types[0] : types[1 + dice.roll(types.count - 1)]
      return expense(number, type, dice.pick(begun), &dice)
    }
  }

  private static func expense(
    _ number: Int, _ type: String, _ job: SampleJob, _ dice: inout Dice
  ) -> SampleExpense {
    let cents = dice.roll(in: range(of: type))
    let late = Int64(dice.roll(in: 0...12))
    let date = min(SampleCompany.workingDay(job.end.advanced(by: late)), SampleCompany.day)
    let words = description(of: type, job, &dice)
    // Small amounts need no receipt, and some of the others lack it all the same.
    let hasReceipt = dice.happens(inPercent: cents > 10_000 ? 92 : 45)
    let receipt = "\(dice.pick(shops)), no. \(dice.roll(in: 10_000...99_999)), \(date.text): \(words), "
    let isNew = SampleCompany.day.number - date.number < 10
    let status =
      if isNew && dice.happens(inPercent: 70) { "pending" } else {
        dice.happens(inPercent: hasReceipt || cents <= 10_000 ? 95 : 20) ? "approved" : "rejected"
      }
    return SampleExpense(row: [
      SampleCompany.id("exp", number, width: 5), job.id, .string(type), .number(Double(cents) / 100),
      .string(words), .string(hasReceipt ? receipt + "total $\(dollars(cents))" : ""), .string(status),
      .string(date.text),
    ])
  }

  /// In cents.
  private static func range(of type: String) -> ClosedRange<Int> {
    switch type {
    case "materials": 1800...96_000
    case "travel": 900...21_000
    case "equipment": 6500...140_000
    case "tools": 1500...38_000
    case "permits": 4000...45_000
    default: 300...4500
    }
  }

  private static func description(of type: String, _ job: SampleJob, _ dice: inout Dice) -> String {
    switch type {
    case "materials": dice.pick(job.trade.supplies)
    case "travel": dice.pick(["Mileage to the site", "Fuel", "Bridge toll and mileage"])
    case "equipment": dice.pick(["Lift rental", "Generator rental", "Scaffold rental", "Pump rental"])
    case "tools": dice.pick(["Drill bits", "Torque wrench", "Test meter leads", "Crimping tool"])
    case "permits": dice.pick(["City permit", "Inspection fee", "Street use permit"])
    default: dice.pick(["Garage near the site", "Street parking", "Loading zone fee"])
    }
  }

  private static func dollars(_ cents: Int) -> String {
    "\(cents / 100).\(SampleCompany.padded(cents % 100, 2))"
  }
}
