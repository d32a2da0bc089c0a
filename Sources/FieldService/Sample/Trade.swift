/// A kind of work: who can do it, what it is about and what it costs.
struct Trade {
  /// As `skills` names it.
  let name: String
  let tasks: [String]
  let supplies: [String]
  /// Dollars of a job's budget.
  let budget: ClosedRange<Int>

  static let all = [
    Trade(
      name: "electrical",
      tasks: [
        "Replace a failed distribution panel", "Trace a tripping circuit in the workshop",
        "Install emergency lighting on two floors", "Wire the new charging points in the yard",
      ],
      supplies: ["Circuit breakers and cable", "Conduit, boxes and fittings"], budget: 1200...7800),
    Trade(
      name: "hvac",
      tasks: [
        "Service the rooftop air handler", "Replace a leaking chiller valve",
        "Balance the ventilation of the meeting rooms", "Find out why the cold store warms up at night",
      ],
      supplies: ["Filters and refrigerant", "Fan motor and belts"], budget: 900...8400),
    Trade(
      name: "plumbing",
      tasks: [
        "Repair a burst supply line in the basement", "Replace the water heater of the kitchen",
        "Clear and inspect the main drain", "Install backflow preventers",
      ],
      supplies: ["Pipe, valves and fittings", "Water heater element"], budget: 600...5200),
    Trade(
      name: "fire_safety",
      tasks: [
        "Inspect the sprinkler system of the warehouse", "Replace smoke detectors in the east wing",
        "Test the alarm panel and its batteries",
      ],
      supplies: ["Detectors and batteries", "Sprinkler heads"], budget: 700...4600),
    Trade(
      name: "networking",
      tasks: [
        "Pull data cable to the new offices", "Replace the access points of the lobby",
        "Move the network cabinet to the second floor",
      ],
      supplies: ["Data cable and patch panels", "Access points"], budget: 800...6400),
    Trade(
      name: "roofing",
      tasks: [
        "Seal the skylights above the sales floor", "Repair storm damage on the flat roof",
        "Renew the gutters of the loading dock",
      ],
      supplies: ["Membrane and sealant", "Gutter sections and brackets"], budget: 1500...9600),
    Trade(
      name: "welding",
      tasks: [
        "Repair the railing of the mezzanine", "Reinforce the brackets of the conveyor",
        "Weld a cracked frame of the dock leveler",
      ],
      supplies: ["Steel sections and rods", "Shielding gas"], budget: 500...4200),
  ]

  static func named(_ name: String) -> Trade { all.first { $0.name == name } ?? all[0] }
}
