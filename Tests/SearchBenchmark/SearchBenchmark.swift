import Basics
import BenchmarkWords
import Glibc
import Knowledge
import Model
import Storage

/// Fills a collection with texts made of words as frequent as those of English, then asks it, and prints how long answers took.
///
///     SearchBenchmark FOLDER CHUNKS QUERIES
@main
struct SearchBenchmark {
  private static let vocabulary = 60_000
  private static let wordsOfChunk = 150

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let chunks = Int(arguments[2]), let queries = Int(arguments[3]) else {
      print("SearchBenchmark FOLDER CHUNKS QUERIES")
      exit(2)
    }
    var configuration = StoreConfiguration(path: "\(arguments[1])/search.db")
    configuration.readers = 2
    let store = try Store.open(configuration, log: .silent)
    defer { store.close() }
    let service = KnowledgeService(store: store, models: EmbeddingModelTable(), log: .silent)
    try await service.start()
    var random = Generator(state: 1)
    let words = WordSource(vocabulary)
    try await fill(service, store, chunks, words, &random)
    try await ask(service, queries, words, &random)
    await service.stop()
  }

  private static func fill(
    _ service: KnowledgeService, _ store: Store, _ chunks: Int, _ words: WordSource, _ random: inout Generator
  ) async throws {
    let known = try await store.read { store in
      try store.collections.find("bench").map { try store.collections.measured($0) }
    }
    guard known?.size == nil else { return print("filled before: \(known?.size?.chunks ?? 0) chunks") }
    let start = ContinuousClock.now
    // Documents of 100 sections, each a chunk.
    for document in 0..<(chunks / 100) {
      var text = ""
      for section in 0..<100 {
        text += "# Section \(section)\n\n\(words.text(wordsOfChunk, &random))\n\n"
      }
      let job = try await service.add([DocumentUpload(name: "d\(document).md", text: text)], to: "bench")
      _ = try await service.outcome(of: job.id)
    }
    print("indexed in \(start.duration(to: .now))")
  }

  private static func ask(
    _ service: KnowledgeService, _ queries: Int, _ words: WordSource, _ random: inout Generator
  ) async throws {
    let before = memory()
    let start = ContinuousClock.now
    _ = try await service.search(SearchQuery(collection: "bench", question: words.text(5, &random)))
    print("first search, which loads the vectors: \(start.duration(to: .now))")
    var times: [Double] = []
    var costs: [Double] = []
    var found = 0
    for _ in 0..<queries {
      // Questions have words of all frequencies.
      let question = words.text(Int.random(in: 1...12, using: &random), &random)
      let (start, cost) = (milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_PROCESS_CPUTIME_ID))
      found += try await service.search(SearchQuery(collection: "bench", question: question)).hits.count
      times.append(milliseconds(CLOCK_MONOTONIC) - start)
      costs.append(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cost)
    }
    let size = try await service.collection("bench").size
    print("chunks \(size?.chunks ?? 0), queries \(queries), hits \(found)")
    print("ms until the answer: \(quantiles(times))")
    print("ms of processor time: \(quantiles(costs)) (without what other processes on the core take)")
    print(
      "vectors \(await service.vectorBytes >> 20) MB; of its own before \(before >> 20) MB, after \(memory() >> 20) MB"
    )
  }

  private static func quantiles(_ times: [Double]) -> String {
    let sorted = times.sorted()
    func quantile(_ part: Double) -> String {
      let time = sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
      return "\((time * 100).rounded() / 100)"
    }
    return "p50 \(quantile(0.5)), p90 \(quantile(0.9)), p99 \(quantile(0.99)), longest \(quantile(1))"
  }

  private static func milliseconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
  }

  /// Memory of its own, in bytes: pages of the database are the system's, which takes them back.
  private static func memory() -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
    let words = lines.first { $0.hasPrefix("RssAnon") }?.split { $0 == " " || $0 == "\t" } ?? []
    return words.count > 1 ? (Int(words[1]) ?? 0) << 10 : 0
  }
}
