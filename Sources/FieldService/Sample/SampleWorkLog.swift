import Basics

/// Hours that somebody wrote down for a job.
struct SampleWorkLog {
  static let count = 200
  private static let descriptions = [
    "Finished the main part of the work", "Diagnosis on site and list of parts",
    "Installation and first test",
    "Follow-up visit, customer signed off", "Waited for access, then began the repair",
    "Cleaned up and documented the readings", "Replaced worn parts",
    "Prepared the site and isolated the area",
  ]

  let row: [JSON]

  static func all(of company: String, _ technicians: [SampleTechnician], _ jobs: [SampleJob]) -> [Self] {
    var dice = Dice(seed: "work logs of \(company)")
    let begun = jobs.filter(\.hasBegun)
    // Each job has some, and the jobs take turns.
    return (0..<count).map { index in
      let job = begun[index % begun.count]
      let able = technicians.filter { $0.skills.contains(job.trade.name) }
      return Self(number: index + 1, job, dice.pick(able.isEmpty ? technicians : able), &dice)
    }
  }

  private init(number: Int, _ job: SampleJob, _ technician: SampleTechnician, _ dice: inout Dice) {
    let today = SampleCompany.day
    let span = max(0, min(job.end, today).number - job.start.number)
    let date = job.start.advanced(by: Int64(dice.roll(Int(span) + 1)))
    // Supervisors have a week; what is older than that is rarely left over.
    let isApproved = dice.happens(inPercent: today.number - date.number > 7 ? 94 : 30)
    row = [
      SampleCompany.id("wlog", number, width: 5), technician.id, job.id, .string(date.text),
      .number(Double(dice.roll(in: 2...16)) / 2), .string(dice.pick(Self.descriptions)), .bool(isApproved),
      .string(SampleCompany.moment(date, hour: 18, minute: dice.roll(60), second: dice.roll(60))),
    ]
  }
}
