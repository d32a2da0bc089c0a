/// Numbers that look like chance and are always the same for the same seed (SplitMix64).
package struct Dice: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// - Parameter seed: any text; texts that differ give other numbers.
  package init(seed: String) {
    // FNV-1a.
    state = seed.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// From 0 to one less than `sides`, which is at least 1.
  package mutating func roll(_ sides: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((value ^ value >> 31) % UInt64(sides))
  }

  /// A number of a range.
  package mutating func roll(in range: ClosedRange<Int>) -> Int { range.lowerBound + roll(range.count) }

  /// One of some things, of which there must be at least one.
  package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }

  /// Different ones of some things, in the order they stand.
  package mutating func pick<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var places = Array(elements.indices)
    while places.count > count { places.remove(at: roll(places.count)) }
    return places.map { elements[$0] }
  }

  /// Whether something happens that does so in so many of a hundred cases.
  package mutating func happens(inPercent percent: Int) -> Bool { roll(100) < percent }
}
