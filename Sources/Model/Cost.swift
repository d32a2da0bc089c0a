package import Basics

/// Money that calls took, exact: sums of it are sums of whole numbers.
package struct Cost: Hashable, Comparable, Sendable {
  /// Millionths of a millionth of a US dollar. A token whose price is a whole number of micro-dollars per million tokens costs a whole
  /// number of these; 64 bits hold nine million dollars.
  package let picodollars: Int64

  package init(picodollars: Int64) { self.picodollars = picodollars }

  /// Costs nothing; not the same as a cost that nobody knows.
  package static let zero = Cost(picodollars: 0)

  package static func < (left: Self, right: Self) -> Bool { left.picodollars < right.picodollars }

  /// The sum; one beyond nine million dollars stays there.
  package static func + (left: Self, right: Self) -> Self {
    let (sum, overflow) = left.picodollars.addingReportingOverflow(right.picodollars)
    return Cost(picodollars: overflow ? .max : sum)
  }

  /// For people and JSON only: whoever adds, adds `picodollars`.
  package var dollars: Double { Double(picodollars) / 1e12 }

  /// The cost as every surface shows it: US dollars.
  package var json: JSON { .number(dollars) }

  /// Reads what `json` wrote; nil for anything but a number of dollars that fits.
  package init?(json: JSON) {
    guard let number = json.number, let whole = Int64(exactly: (number * 1e12).rounded()), whole >= 0 else {
      return nil
    }
    self.init(picodollars: whole)
  }
}
