import Basics

/// Gives each different text a small number. All texts lie in one array: a quarter of a million of them cost two allocations, not as many.
package struct TextDictionary: Sendable {
  private var arena: [UInt8] = []
  private var ends: [Int] = []
  private var hashes: [UInt64] = []
  /// Open addressing; 0 is free, n + 1 is text n.
  private var slots = [Int32](repeating: 0, count: 64)

  package init() {}

  /// How many different texts there are.
  package var count: Int { ends.count }

  /// The text of a number.
  package subscript(code: Int) -> String {
    String(decoding: arena[(code == 0 ? 0 : ends[code - 1])..<ends[code]], as: UTF8.self)
  }

  /// The same for equal texts, and most likely not for others.
  func hash(_ code: Int) -> UInt64 { hashes[code] }

  /// The number of a text, a new one if it was not seen before.
  package mutating func code(_ text: Span<UInt8>) -> Int32 {
    let hash = Self.hash(text)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let code = Int(slots[slot]) - 1
      if hashes[code] == hash, isEqual(code, text) { return Int32(code) }
      slot = (slot + 1) & (slots.count - 1)
    }
    arena.append(contentsOf: text)
    ends.append(arena.count)
    hashes.append(hash)
    slots[slot] = Int32(ends.count)
    if ends.count * 2 > slots.count { grow() }
    return Int32(ends.count - 1)
  }

  private func isEqual(_ code: Int, _ text: Span<UInt8>) -> Bool {
    let start = code == 0 ? 0 : ends[code - 1]
    guard ends[code] - start == text.count else { return false }
    for index in 0..<text.count where arena[start + index] != text[index] { return false }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 4)
    for (code, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(code + 1)
    }
  }

  private static func hash(_ text: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<text.count { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01b3 }
    return Mixing.mix(hash)
  }
}

/// Spreads bits, so that every bit of a number depends on all of them.
enum Mixing {
  static func mix(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
