import Database
import Statistics

/// Functions that analysts expect and SQLite lacks.
enum QueryFunctions {
  /// Numbers that a statement's medians and percentiles may keep, all groups together: 64 MB.
  static let keptNumbers = 8_000_000

  /// Teaches a connection all of them.
  static func define(on connection: DatabaseConnection) throws(DatabaseError) {
    let room = Room()
    try connection.define("median", argumentCount: 1) { KeptNumbers(room) { $0.median } }
    for name in ["percentile_cont", "quantile_cont", "quantile"] {
      try connection.define(name, argumentCount: 2) { KeptShare(room, whole: 1) }
    }
    try connection.define("percentile", argumentCount: 2) { KeptShare(room, whole: 100) }
    for name in ["stddev", "stddev_samp", "stdev"] {
      try connection.define(name, argumentCount: 1) { Spread { $0.map { $0.squareRoot() } } }
    }
    for name in ["variance", "var_samp"] { try connection.define(name, argumentCount: 1) { Spread { $0 } } }
    try connection.define("stddev_pop", argumentCount: 1) {
      Spread(isSample: false) { $0.map { $0.squareRoot() } }
    }
    try connection.define("var_pop", argumentCount: 1) { Spread(isSample: false) { $0 } }
    try connection.define("corr", argumentCount: 2) { Pairs(room) }
    try TrimFunction.define(on: connection)
  }

  /// The names, in lower case.
  static let names: Set<String> = [
    "median", "percentile", "percentile_cont", "quantile", "quantile_cont", "stddev", "stddev_samp",
    "stddev_pop",
    "stdev", "variance", "var_samp", "var_pop", "corr",
  ]
}

/// What the groups of one statement may still keep. Used by the statement's thread only.
private final class Room {
  var left = QueryFunctions.keptNumbers

  func take() -> Bool {
    left -= 1
    return left >= 0
  }
}

/// Keeps a group's numbers, because what is asked for needs them in order.
private final class KeptNumbers: Aggregate {
  private let room: Room
  private let answer: (Quantiles) -> Double?
  private var values: [Double] = []

  init(_ room: Room, _ answer: @escaping (Quantiles) -> Double?) {
    self.room = room
    self.answer = answer
  }

  deinit { room.left += values.count }

  func add(_ arguments: FunctionArguments) -> Bool {
    guard let value = arguments.number(0) else { return true }
    values.append(value)
    return room.take()
  }

  func result() -> Double? { answer(Quantiles(values)) }
}

/// A percentile whose share is the second argument.
private final class KeptShare: Aggregate {
  private let room: Room
  private let whole: Double
  private var values: [Double] = []
  private var share: Double?

  init(_ room: Room, whole: Double) {
    self.room = room
    self.whole = whole
  }

  deinit { room.left += values.count }

  func add(_ arguments: FunctionArguments) -> Bool {
    share = arguments.number(1)
    guard let value = arguments.number(0) else { return true }
    values.append(value)
    return room.take()
  }

  func result() -> Double? { share.flatMap { Quantiles(values).at($0 / whole) } }
}

/// A variance in one pass (Welford): nothing is kept.
private final class Spread: Aggregate {
  private let isSample: Bool
  private let answer: (Double?) -> Double?
  private var count = 0.0
  private var mean = 0.0
  private var squares = 0.0

  init(isSample: Bool = true, _ answer: @escaping (Double?) -> Double?) {
    self.isSample = isSample
    self.answer = answer
  }

  func add(_ arguments: FunctionArguments) -> Bool {
    guard let value = arguments.number(0) else { return true }
    count += 1
    let distance = value - mean
    mean += distance / count
    squares += distance * (value - mean)
    return true
  }

  func result() -> Double? {
    let freedom = isSample ? count - 1 : count
    return answer(freedom > 0 ? squares / freedom : nil)
  }
}

/// Pearson's coefficient of two columns.
private final class Pairs: Aggregate {
  private let room: Room
  private var left: [Double] = []
  private var right: [Double] = []

  init(_ room: Room) { self.room = room }

  deinit { room.left += left.count + right.count }

  func add(_ arguments: FunctionArguments) -> Bool {
    guard let x = arguments.number(0), let y = arguments.number(1) else { return true }
    left.append(x)
    right.append(y)
    return room.take() && room.take()
  }

  func result() -> Double? { Correlation.pearson(left, right) }
}
