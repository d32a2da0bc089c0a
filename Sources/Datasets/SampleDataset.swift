package import Basics
import Glibc
package import Model
import Storage

/// The data set that stands in for ids that were never uploaded: 10,000 card payments of 90 days in six columns.
///
/// Always the same, down to the byte. Amounts have a mean of exactly 125.50, 4.2 % of the payments failed, afternoons are busiest, and
/// electronics cost most: the figures that the earlier systems made up are true of it.
package enum SampleDataset {
  /// A new number when the rows change, so that the old ones are not taken for them.
  package static let id = Identifier<Dataset>("sample-1")
  package static let filename = "sample_transactions.csv"
  package static let rowCount = 10_000
  /// Whose it is: everybody's.
  static let tenant = "default"

  private struct Category {
    let name: String
    /// In cents.
    let mean: Int
  }

  private static let categories = [
    Category(name: "Electronics", mean: 26_250), Category(name: "Travel", mean: 15_500),
    Category(name: "Clothing", mean: 9250), Category(name: "Entertainment", mean: 7000),
    Category(name: "Groceries", mean: 4750),
  ]
  private static let states = [
    "California", "California", "California", "Texas", "Texas", "New York", "New York", "Florida", "Illinois",
    "Ohio",
    "Washington", "Georgia",
  ]
  /// How many of 100 payments fall in each hour.
  private static let hours = [1, 1, 1, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 11, 10, 9, 8, 6, 5, 4, 3, 2, 2]

  /// The file as somebody could have uploaded it.
  package static func csv() -> [UInt8] {
    var text = "transaction_id,amount,category,state,timestamp,status\n"
    text.reserveCapacity(rowCount * 80)
    var dice = Dice(seed: 0x5EED)
    var amounts = categories.map { Amounts(mean: $0.mean) }
    for row in 0..<rowCount {
      // Every five rows hold each category once, in turning order.
      let category = (row + row / 5 * 2) % categories.count
      let cents = amounts[category].next(&dice)
      let state = states[dice.roll(states.count)]
      text +=
        "TXN-\(padded(row + 1, 6)),\(cents / 100).\(padded(cents % 100, 2)),\(categories[category].name),"
      text += "\(state),\(moment(row, &dice)),\(status(row))\n"
    }
    return Array(text.utf8)
  }

  /// 21 of 500 failed, 15 are pending, whichever 500 follow one another.
  private static func status(_ row: Int) -> String {
    switch row * 9973 % 500 {
    case ..<21: "failed"
    case ..<36: "pending"
    default: "success"
    }
  }

  private static func moment(_ row: Int, _ dice: inout Dice) -> String {
    let day = Int64(row * 90 / rowCount)
    var share = dice.roll(100)
    let hour =
      hours.firstIndex {
        share -= $0; return share < 0
      } ?? 14
    let start: Int64 = 1_735_689_600  // 1 January 2025
    let second = start + day * 86_400 + Int64(hour * 3600 + dice.roll(3600))
    let text = Timestamp(milliseconds: second * 1000).iso8601
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Amounts in cents, ten of which always come to ten times their mean: nine small ones, and one that makes up for them.
  private struct Amounts {
    let mean: Int
    private var owed = 0
    private var place = 0

    init(mean: Int) { self.mean = mean }

    mutating func next(_ dice: inout Dice) -> Int {
      place = (place + 1) % 10
      guard place > 0 else {
        defer { owed = 0 }
        return mean + owed
      }
      let less = dice.roll(mean / 4) - mean / 20
      owed += less
      return mean - less
    }
  }
}

/// Lets the sample be made once, however many ask for it at the same time.
actor SampleGate {
  private var making: Task<Void, any Error>?

  func open(_ make: @escaping @Sendable () async throws -> Void) async throws {
    let task = making ?? Task { try await make() }
    making = task
    do {
      try await task.value
    } catch {
      // The next one who asks tries again.
      making = nil
      throw error
    }
  }
}

extension DatasetService {
  /// Makes the sample's rows and profile unless they are there from an earlier time.
  func makeSample() async throws {
    let id = SampleDataset.id
    let known = try await get(id, tenant: SampleDataset.tenant)
    if known?.status == .ready, files.exists(id.text) { return }
    let (source, target, limits) = (files.upload(id.text), files.database(id.text), limits)
    let outcome = try await build { _ throws(DatasetError) in
      defer { unlink(source) }
      do {
        let file = try DatasetUpload(
          id: id, filename: SampleDataset.filename, path: source, limit: limits.uploadBytes,
          tenant: SampleDataset.tenant)
        try file.append(SampleDataset.csv())
        _ = file.end()
        return try DatasetImporter(source: source, limits: limits) { false }.run(into: target)
      } catch {
        throw DatasetError(error)
      }
    }
    try await store.write { transaction in
      try transaction.datasets.remove(id, tenant: SampleDataset.tenant)
      try transaction.datasets.create(id, filename: SampleDataset.filename, tenant: SampleDataset.tenant)
      try transaction.datasets.finishUpload(id, rowCount: outcome.rowCount)
    }
    try await explore(id, tenant: SampleDataset.tenant)
  }
}
