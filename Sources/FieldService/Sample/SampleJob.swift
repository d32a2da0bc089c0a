import Basics

/// An order at a customer's site.
struct SampleJob {
  static let count = 50
  private static let customerCount = 14
  private static let customerNames = [
    "Harbor", "Summit", "Cedar", "Granite", "Lakeside", "Pioneer", "Redwood", "Sterling", "Union", "Valley",
    "Westgate", "Juniper", "Bayview", "Northfield", "Oakridge", "Palisade", "Riverbend", "Silverline",
    "Tamarack", "Crescent",
  ]
  private static let customerKinds = [
    "Foods", "Medical Center", "Logistics", "Hotel", "Schools", "Bakery", "Printing", "Apartments", "Market",
    "Dental Group", "Motors", "Library",
  ]
  private static let streets = [
    "Mission St", "Harrison Ave", "Alder Way", "Third St", "Industrial Blvd", "Fremont Ave", "Mill Rd",
    "Orchard Ln", "Broadway", "Quarry Rd",
  ]
  private static let towns = [
    "Oakland", "San Jose", "Fresno", "Sacramento", "Stockton", "Berkeley", "Modesto", "Hayward",
  ]

  private struct Customer {
    let number: Int
    let name: String
    let site: String
  }

  let number: Int
  let trade: Trade
  let status: String
  let start: Day
  let end: Day
  let row: [JSON]

  var id: JSON { SampleCompany.id("job", number, width: 4) }
  /// Whether anybody has worked on it.
  var hasBegun: Bool { status == "completed" || status == "in_progress" }

  static func all(of company: String) -> [Self] {
    var dice = Dice(seed: "jobs of \(company)")
    let customers = customers(&dice)
    // How many are under way differs between companies; so does how many were cancelled.
    let (underWay, cancelled) = (dice.roll(in: 6...11), dice.roll(in: 2...4))
    let pending = dice.roll(in: 9...13)
    return (0..<count).map { index in
      let left = count - index
      let status =
        switch left {
        case ...pending: "pending"
        case ...(pending + underWay): "in_progress"
        default: index % 11 == 5 && index / 11 < cancelled ? "cancelled" : "completed"
        }
      // Old ones were ordered as they are numbered, over the last ten weeks.
      let age = 71 - 68 * index / (count - pending - underWay)
      return Self(number: index + 1, status: status, age: age, customer: dice.pick(customers), &dice)
    }
  }

  private static func customers(_ dice: inout Dice) -> [Customer] {
    dice.pick(customerCount, of: customerNames).enumerated().map { index, name in
      let site = "\(dice.roll(in: 12...980)) \(dice.pick(streets)), \(dice.pick(towns)), CA"
      return Customer(number: index + 1, name: "\(name) \(dice.pick(customerKinds))", site: site)
    }
  }

  /// - Parameter age: days since it began, for one that is over.
  private init(number: Int, status: String, age: Int, customer: Customer, _ dice: inout Dice) {
    self.number = number
    self.status = status
    let trade = dice.pick(Trade.all)
    self.trade = trade
    let lasts = Int64(dice.roll(in: 0...3))
    let offset: Int64 =
      switch status {
      case "pending": Int64(dice.roll(in: 1...21))
      case "in_progress": -Int64(dice.roll(in: 0...min(3, Int(lasts) + 1)))
      default: -Int64(max(age, Int(lasts) + 1))
      }
    start = SampleCompany.workingDay(SampleCompany.day.advanced(by: offset))
    end = start.advanced(by: lasts)
    let ordered = SampleCompany.workingDay(start.advanced(by: -Int64(dice.roll(in: 3...18))))
    let extra = dice.happens(inPercent: 25) ? [dice.pick(Trade.all.map(\.name))] : []
    let skills = [trade.name] + extra.filter { $0 != trade.name }
    row = [
      SampleCompany.id("job", number, width: 4), SampleCompany.id("cust", customer.number, width: 3),
      .string(customer.name), .string(customer.site), .string(dice.pick(trade.tasks)),
      .string(SampleCompany.moment(start, hour: dice.roll(in: 7...9), minute: dice.roll(2) * 30)),
      .string(SampleCompany.moment(end, hour: dice.roll(in: 15...18))),
      .array(skills.map { .string($0) }), .string(status),
      .number(Double(dice.roll(in: trade.budget) / 50 * 50)),
      .string(SampleCompany.moment(ordered, &dice)),
    ]
  }
}
