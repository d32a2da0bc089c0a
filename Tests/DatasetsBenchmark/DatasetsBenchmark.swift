import Basics
import Datasets
import Glibc
import Model
import Storage

/// Measures what a data set costs: import, profile, and three questions. One line of JSON an attempt; `Scripts/bench-datasets` prints the table.
@main
struct DatasetsBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let rows = arguments.count > 1 ? Int(arguments[1]) ?? 250_000 : 250_000
    let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 5 : 5
    var template = Array("/tmp/agenthub-bench-XXXXXX".utf8CString)
    guard let folder = mkdtemp(&template).map({ String(cString: $0) }) else { return }
    let log = Log(level: .error) { _ in }
    let store = try Store.open(StoreConfiguration(path: "\(folder)/hub.db"), log: log)
    let service = try DatasetService(folder: "\(folder)/datasets", store: store, log: log)
    let file = BenchFile.csv(rows: rows)
    for _ in 0..<rounds {
      var line = JSONObject()
      line["rows"] = .integer(Int64(rows))
      line["bytes"] = .integer(Int64(file.count))
      let dataset = try await measure("import", &line) { try await add(file, to: service) }
      _ = try await measure("profile", &line) { try await service.explore(dataset.id) }
      for (name, sql) in questions {
        _ = try await measure(name, &line) { try await service.query(dataset.id, sql: sql) }
      }
      line["rss_kb"] = .integer(peakMemory())
      try await service.delete(dataset.id)
      print(JSON.object(line).text)
    }
    service.close()
    store.close()
    for name in ["hub.db", "hub.db-lock", "hub.db-wal", "hub.db-shm"] { unlink("\(folder)/\(name)") }
    rmdir("\(folder)/datasets")
    rmdir(folder)
  }

  private static let questions = [
    ("count", "SELECT count(*) FROM transactions"),
    (
      "group",
      "SELECT category, count(*), avg(amount), median(amount), stddev(amount) FROM transactions GROUP BY category"
    ),
    ("sort", "SELECT * FROM transactions ORDER BY amount DESC LIMIT 500"),
  ]

  private static func add(_ file: [UInt8], to service: DatasetService) async throws -> Dataset {
    let upload = try service.upload(filename: "bench.csv")
    for start in stride(from: 0, to: file.count, by: 64 << 10) {
      try upload.append(Array(file[start..<min(start + 64 << 10, file.count)]))
    }
    return try await service.finish(upload)
  }

  private static func measure<Value>(
    _ name: String, _ line: inout JSONObject, _ work: () async throws -> Value
  ) async throws -> Value {
    let clock = ContinuousClock()
    let start = clock.now
    let cpu = processorMilliseconds()
    let value = try await work()
    line["\(name)_cpu_ms"] = .number(processorMilliseconds() - cpu)
    line["\(name)_ms"] = .number(Double((clock.now - start) / .microseconds(1)) / 1000)
    return value
  }

  /// What all threads have computed so far. On a busy machine it says more than the clock on the wall.
  private static func processorMilliseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
  }

  /// Kilobytes that the process held at most.
  private static func peakMemory() -> Int64 {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)  // of this process
    return Int64(usage.ru_maxrss)
  }
}

/// A file of 8 columns such as people upload: an id, two numbers, a count, three categories and a time.
enum BenchFile {
  static func csv(rows: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(rows * 90)
    text += "transaction_id,amount,quantity,balance,category,region,status,timestamp\n".utf8
    var state: UInt64 = 42
    func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % sides
    }
    let categories = ["Electronics", "Travel", "Clothing", "Groceries", "Entertainment"]
    let regions = ["North", "South", "East", "West"]
    let states = ["success", "success", "success", "failed", "pending"]
    for row in 0..<rows {
      let amount = roll(50_000) + roll(50_000)
      text += "TXN\(1_000_000 + row),\(amount / 100).\(amount % 100 / 10)\(amount % 10),\(roll(40)),".utf8
      text +=
        "\(amount / 3 + roll(9000)).5,\(categories[roll(5)]),\(regions[roll(4)]),\(states[roll(5)]),".utf8
      text += Timestamp(milliseconds: 1_700_000_000_000 + Int64(row) * 97_000).iso8601.utf8
      text.append(UInt8(ascii: "\n"))
    }
    return text
  }
}
