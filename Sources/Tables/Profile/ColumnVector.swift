import Statistics

/// One column of a table in memory, packed by its type.
package struct ColumnVector: Sendable {
  package let name: String
  package let type: ColumnType
  /// Integers; booleans as 0 and 1; datetimes as milliseconds since 1970.
  private(set) var integers: [Int64] = []
  private(set) var reals: [Double] = []
  /// Numbers of texts; -1 for a missing one.
  private(set) var codes: [Int32] = []
  private(set) var dictionary = TextDictionary()
  private(set) package var missingCount = 0

  /// A value that is missing, among integers.
  static let missing = Int64.min
  /// Something that is no moment, among moments.
  static let unreadable = Int64.max

  package init(name: String, type: ColumnType, capacity: Int = 0) {
    self.name = name
    self.type = type
    switch type {
    case .integer, .boolean, .datetime: integers.reserveCapacity(capacity)
    case .real: reals.reserveCapacity(capacity)
    case .text: codes.reserveCapacity(capacity)
    }
  }

  /// Appends a row without a value.
  package mutating func appendMissing() {
    missingCount += 1
    switch type {
    case .integer, .boolean, .datetime: integers.append(Self.missing)
    case .real: reals.append(.nan)
    case .text: codes.append(-1)
    }
  }

  /// Appends a number or a truth value (0 or 1) to a column of that type.
  package mutating func append(integer: Int64) {
    integers.append(max(integer, Self.missing + 1))
  }

  /// Appends a number to a column of reals.
  package mutating func append(real: Double) { reals.append(real) }

  /// Appends a text, or to a column of datetimes the moment that it names.
  package mutating func append(text: Span<UInt8>) {
    guard type == .datetime else { return codes.append(dictionary.code(text)) }
    integers.append(DateText(text)?.milliseconds(.monthFirst) ?? Self.unreadable)
  }

  /// How many rows there are.
  package var count: Int { max(integers.count, reals.count, codes.count) }

  /// Whether a row has no value.
  func isMissing(_ row: Int) -> Bool {
    switch type {
    case .integer, .boolean, .datetime: integers[row] == Self.missing
    case .real: reals[row].isNaN
    case .text: codes[row] < 0
    }
  }

  /// The numbers of all rows, NaN for a missing one; empty for columns that are none.
  var numbers: [Double] {
    switch type {
    case .integer: integers.map { $0 == Self.missing ? .nan : Double($0) }
    case .real: reals
    default: []
    }
  }

  /// The moments that can be read, in the order of the rows.
  var moments: [Int64] { integers.filter { $0 != Self.missing && $0 != Self.unreadable } }

  /// How many different values there are.
  var distinctCount: Int {
    switch type {
    case .text: return dictionary.count
    case .real: return Quantiles(reals.filter { !$0.isNaN }).distinctCount
    case .integer, .boolean, .datetime:
      var sorted = integers.filter { $0 != Self.missing }
      sorted.sort()
      return sorted.isEmpty ? 0 : 1 + zip(sorted, sorted.dropFirst()).count { $0 != $1 }
    }
  }

  /// A hash of each row's value, joined to those of the columns before.
  func join(into hashes: inout [UInt64]) {
    switch type {
    case .integer, .boolean, .datetime:
      for row in integers.indices {
        hashes[row] = Mixing.mix(hashes[row] &+ UInt64(bitPattern: integers[row]))
      }
    case .real:
      for row in reals.indices {
        let bits = reals[row].isNaN ? 1 : (reals[row] + 0).bitPattern
        hashes[row] = Mixing.mix(hashes[row] &+ bits)
      }
    case .text:
      for row in codes.indices {
        hashes[row] = Mixing.mix(hashes[row] &+ (codes[row] < 0 ? 1 : dictionary.hash(Int(codes[row]))))
      }
    }
  }
}

/// A whole table in memory.
package struct ColumnTable: Sendable {
  package let rowCount: Int
  package var columns: [ColumnVector]

  /// - Precondition: every column has that many rows.
  package init(rowCount: Int, columns: [ColumnVector]) {
    precondition(columns.allSatisfy { $0.count == rowCount }, "A table's columns are of one length.")
    self.rowCount = rowCount
    self.columns = columns
  }
}
