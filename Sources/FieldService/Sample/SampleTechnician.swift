import Basics

/// Somebody who does the work.
struct SampleTechnician {
  private enum Contract: String {
    case full = "full_time"
    case part = "part_time"
    case contractor

    var hours: (daily: Int, weekly: Int) {
      switch self {
      case .full: (8, 40)
      case .part: (6, 20)
      case .contractor: (10, 50)
      }
    }

    /// Cents an hour.
    var rate: ClosedRange<Int> { self == .contractor ? 5200...7800 : 2900...4800 }
  }

  static let count = 10
  private static let contracts: [Contract] = [
    .full, .full, .part, .full, .contractor, .full, .full, .part, .contractor, .full,
  ]
  private static let firstNames = [
    "Aisha", "Andre", "Beatriz", "Caleb", "Carmen", "Dana", "Derek", "Elena", "Farid", "Grace", "Hannah",
    "Isaac", "Jamal", "Jun", "Kayla", "Leon", "Lucia", "Marcus", "Mei", "Nadia", "Noah", "Omar", "Priya",
    "Quinn", "Rosa", "Samuel", "Tara", "Victor", "Wen", "Yusuf",
  ]
  private static let lastNames = [
    "Abbott", "Alvarez", "Becker", "Boyd", "Castillo", "Chen", "Dawson", "Edwards", "Fischer", "Garcia",
    "Hughes", "Ibrahim", "Jensen", "Kim", "Lindqvist", "Lopez", "Mbeki", "Moreno", "Nguyen", "Okafor",
    "Patel", "Quintero", "Reyes", "Sato", "Schmidt", "Torres", "Usman", "Vargas", "Walker", "Young",
  ]

  let number: Int
  let skills: [String]
  let row: [JSON]

  var id: JSON { SampleCompany.id("tech", number, width: 3) }

  static func all(of company: String) -> [Self] {
    var dice = Dice(seed: "technicians of \(company)")
    let firsts = dice.pick(count, of: firstNames)
    let lasts = dice.pick(count, of: lastNames)
    let domain = mailDomain(of: company, &dice)
    return (0..<count).map { index in
      // Every trade has somebody, since there are more of them than trades.
      let trades = Trade.all.map(\.name)
      let own = trades[index % trades.count]
      let others = dice.pick(dice.roll(in: 1...3), of: trades.filter { $0 != own })
      return Self(
        number: index + 1, first: firsts[index], last: lasts[(index * 7 + 3) % count],
        contract: contracts[index], skills: [own] + others, domain: domain, &dice)
    }
  }

  /// No other company has it: it ends in the company's own number.
  private static func mailDomain(of company: String, _ dice: inout Dice) -> String {
    let letters = company.lowercased().unicodeScalars.filter {
      ("a"..."z").contains($0) || ("0"..."9").contains($0)
    }
    let name = String(String.UnicodeScalarView(letters.prefix(20)))
    return "\(name.isEmpty ? "field" : name)-\(SampleCompany.padded(dice.roll(1_000_000), 6)).example"
  }

  private init(
    number: Int, first: String, last: String, contract: Contract, skills: [String], domain: String,
    _ dice: inout Dice
  ) {
    self.number = number
    self.skills = skills
    let hired = SampleCompany.workingDay(SampleCompany.day.advanced(by: -Int64(dice.roll(in: 200...2400))))
    row = [
      SampleCompany.id("tech", number, width: 3), .string("\(first) \(last)"),
      .string("\(first.lowercased()).\(last.lowercased())@\(domain)"),
      .array(skills.map { .string($0) }), .string(contract.rawValue),
      .integer(Int64(contract.hours.daily)), .integer(Int64(contract.hours.weekly)),
      .number(Double(dice.roll(in: contract.rate) / 25 * 25) / 100), .bool(true),
      .string(SampleCompany.moment(hired, &dice)),
    ]
  }
}
