/// Numbers as people and programs write them.
package enum NumberText {
  /// How a number is written.
  package enum Kind: Sendable {
    /// `42`, up to 18 digits and without a zero in front.
    case integer
    /// `4.2`, `1e3`
    case real
    /// `1,234.5` or `1,234,567`
    case grouped
    /// `3,5`, `1.234,5` or `1.234.567`
    case decimalComma
    /// `1,234`: one of the two above.
    case groupedOrDecimalComma
  }

  /// How the numbers of a whole column are written.
  package enum Style: Sendable { case plain, grouped, decimalComma }

  /// Finds out how a field is written; nil when it is no number. `007` and numbers of more than 18 digits are none: they would lose what they
  /// say.
  package static func kind(of field: Span<UInt8>) -> Kind? {
    var shape = Shape()
    guard !field.isEmpty, field.count <= 40, shape.read(field) else { return nil }
    // What is too large for a double is no number, either.
    return shape.hasExponent && real(field) == nil ? nil : shape.kind
  }

  /// The number as a whole one; nil when it is none.
  package static func integer(_ field: Span<UInt8>) -> Int64? {
    var value: Int64 = 0
    var index = 0
    let isNegative = !field.isEmpty && field[0] == UInt8(ascii: "-")
    if isNegative || !field.isEmpty && field[0] == UInt8(ascii: "+") { index = 1 }
    guard index < field.count, field.count - index <= 18 else { return nil }
    while index < field.count {
      let digit = field[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + Int64(digit)
      index += 1
    }
    return isNegative ? -value : value
  }

  /// The number; nil when it is none.
  package static func real(_ field: Span<UInt8>, _ style: Style = .plain) -> Double? {
    let point = style == .decimalComma ? UInt8(ascii: ",") : UInt8(ascii: ".")
    let group: UInt8? =
      switch style {
      case .plain: nil
      case .grouped: UInt8(ascii: ",")
      case .decimalComma: UInt8(ascii: ".")
      }
    return quick(field, point, group) ?? slow(field, point, group)
  }

  /// Up to 15 digits with up to 22 behind the point: one exact division (Clinger 1990); nil for what needs more care.
  private static func quick(_ field: Span<UInt8>, _ point: UInt8, _ group: UInt8?) -> Double? {
    var mantissa: Int64 = 0
    var (digits, decimals) = (0, 0)
    var sawPoint = false
    let isNegative = !field.isEmpty && field[0] == UInt8(ascii: "-")
    for index in (isNegative ? 1 : 0)..<max(field.count, isNegative ? 1 : 0) {
      let byte = field[index]
      let digit = byte &- UInt8(ascii: "0")
      if digit < 10 {
        mantissa = mantissa &* 10 &+ Int64(digit)
        digits += 1
        if sawPoint { decimals += 1 }
      } else if byte == point, !sawPoint {
        sawPoint = true
      } else if byte != group || sawPoint {
        return nil
      }
    }
    guard digits > 0, digits <= 15 else { return nil }
    let value = Double(mantissa) / powersOfTen[decimals]
    return isNegative ? -value : value
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  private static func slow(_ field: Span<UInt8>, _ point: UInt8, _ group: UInt8?) -> Double? {
    var text: [UInt8] = []
    for index in 0..<field.count where field[index] != group {
      text.append(field[index] == point ? UInt8(ascii: ".") : field[index])
    }
    guard let first = text.first, first < UInt8(ascii: "A"),
      let value = Double(String(decoding: text, as: UTF8.self)),
      value.isFinite
    else { return nil }
    return value
  }

  /// What stands where in a number.
  private struct Shape {
    private var digits = 0
    /// Digits since the last separator.
    private var run = 0
    private var points = 0
    private var commas = 0
    private(set) var hasExponent = false
    private var startsWithZero = false
    /// Whether every separator so far but the last had its place in groups of three.
    private var isGrouped = true
    private var lastSeparator: UInt8 = 0

    mutating func read(_ field: Span<UInt8>) -> Bool {
      var index = field[0] == UInt8(ascii: "-") || field[0] == UInt8(ascii: "+") ? 1 : 0
      let start = index
      while index < field.count {
        let byte = field[index]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
          if index == start { startsWithZero = byte == UInt8(ascii: "0") }
          digits += 1
          run += 1
        case UInt8(ascii: "."), UInt8(ascii: ","): separate(byte)
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
          return digits > 0 && commas == 0 && readExponent(field, index + 1)
        default: return false
        }
        index += 1
      }
      return digits > 0
    }

    private mutating func separate(_ byte: UInt8) {
      let isFirst = points + commas == 0
      if isFirst { isGrouped = 1...3 ~= run && !startsWithZero } else { isGrouped = isGrouped && run == 3 }
      // A separator of the other kind ends the groups; none may follow it.
      if !isFirst, byte != lastSeparator, points > 0 && commas > 0 { isGrouped = false }
      if byte == UInt8(ascii: ".") { points += 1 } else { commas += 1 }
      lastSeparator = byte
      run = 0
    }

    private mutating func readExponent(_ field: Span<UInt8>, _ start: Int) -> Bool {
      hasExponent = true
      var index = start
      if index < field.count, field[index] == UInt8(ascii: "-") || field[index] == UInt8(ascii: "+") {
        index += 1
      }
      guard index < field.count, field.count - index <= 3 else { return false }
      while index < field.count {
        guard field[index] &- UInt8(ascii: "0") < 10 else { return false }
        index += 1
      }
      return true
    }

    var kind: Kind? {
      if hasExponent { return points <= 1 ? .real : nil }
      switch (points, commas) {
      case (0, 0): return digits <= 18 && !(startsWithZero && digits > 1) ? .integer : nil
      case (1, 0): return .real
      case (0, 1): return isGrouped && run == 3 ? .groupedOrDecimalComma : run > 0 ? .decimalComma : nil
      case (0, _): return isGrouped && run == 3 ? .grouped : nil
      case (_, 0): return isGrouped && run == 3 ? .decimalComma : nil
      case (1, _) where lastSeparator == UInt8(ascii: "."): return isGrouped ? .grouped : nil
      case (_, 1) where lastSeparator == UInt8(ascii: ","): return isGrouped ? .decimalComma : nil
      default: return nil
      }
    }
  }
}
