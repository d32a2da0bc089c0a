import Basics
import BenchmarkWords
import Glibc
import Model
import Storage

/// Fills a hub's database with conversations, then searches them and reads pages of them, and prints how long that took.
///
///     HistoryBenchmark FOLDER MESSAGES QUERIES
///     HistoryBenchmark FOLDER compact ANSWERS
@main
struct HistoryBenchmark {
  private static let ofConversation = 100
  private static let wordsOfMessage = 60

  static func main() async throws {
    let arguments = CommandLine.arguments
    if arguments.count == 4, arguments[2] == "compact", let answers = Int(arguments[3]) {
      let store = try Store.open(StoreConfiguration(path: "\(arguments[1])/compact.db"), log: .silent)
      defer { store.close() }
      return try await CompactionBenchmark(store: store).run(answers: answers)
    }
    guard arguments.count == 4, let messages = Int(arguments[2]), let queries = Int(arguments[3]) else {
      print("HistoryBenchmark FOLDER MESSAGES QUERIES, or HistoryBenchmark FOLDER compact ANSWERS")
      exit(2)
    }
    var configuration = StoreConfiguration(path: "\(arguments[1])/history.db")
    configuration.readers = 1
    let store = try Store.open(configuration, log: .silent)
    defer { store.close() }
    var random = Generator(state: 1)
    let words = WordSource(60_000)
    try await fill(store, messages, words, &random)
    for sort in MessageSearch.Sort.allCases { try await search(store, queries, sort, words, &random) }
    try await page(store, queries, &random)
  }

  /// Conversations of a hundred messages, but for a long one that has a tenth of all.
  private static func fill(
    _ store: Store, _ messages: Int, _ words: WordSource, _ random: inout Generator
  ) async throws {
    guard try await store.read({ try $0.conversations.page(limit: 1).items.isEmpty }) else { return }
    let start = ContinuousClock.now
    var made = 0
    while made < messages {
      let count = made == 0 ? messages / 10 : min(ofConversation, messages - made)
      let texts = (0..<count).map { _ in
        words.text(Int.random(in: 5...(2 * wordsOfMessage), using: &random), &random)
      }
      try await write(texts, from: made, to: store)
      made += count
    }
    print("filled with \(made) messages in \(start.duration(to: .now))")
    let stored = ContinuousClock.now
    while try await store.write(.relaxed, { try $0.messageIntake.take(atMost: 200) }) {}
    print("taken into the search in \(stored.duration(to: .now))")
  }

  private static func write(_ texts: [String], from first: Int, to store: Store) async throws {
    try await store.write(.relaxed) { store in
      let id = try store.conversations.create(title: "Conversation \(first)").id
      for (index, text) in texts.enumerated() {
        let isQuestion = index.isMultiple(of: 2)
        let at = Timestamp(milliseconds: 1_700_000_000_000 + Int64(first + index) * 10_000)
        try store.messages.insert(
          Message(
            id: store.newIdentifier(), conversation: id, seq: Int64(index + 2),
            role: isQuestion ? .user : .agent,
            text: text, createdAt: at))
      }
    }
  }

  private static func search(
    _ store: Store, _ queries: Int, _ sort: MessageSearch.Sort, _ words: WordSource, _ random: inout Generator
  ) async throws {
    var (times, found) = (Times(), 0)
    for number in 0..<queries {
      var search = MessageSearch(try MessageQuery(question(number, words, &random)))
      search.sort = sort
      if number % 5 == 0 { search.role = .user }
      found += try await times.measure { [search] in
        try await store.find(search).page.items.count
      }
    }
    print("\(queries) searches, \(sort.rawValue) first, \(found) found: \(times)")
  }

  /// One to four words of all frequencies; every tenth a phrase, every tenth a beginning.
  private static func question(_ number: Int, _ words: WordSource, _ random: inout Generator) -> String {
    switch number % 10 {
    case 3: "\"\(words.text(2, &random))\""
    case 7: "\((words.text(1, &random) + "ba").prefix(Int.random(in: 3...4, using: &random)))*"
    default: words.text(Int.random(in: 1...4, using: &random), &random)
    }
  }

  /// Pages of the long conversation, anywhere in it.
  private static func page(_ store: Store, _ count: Int, _ random: inout Generator) async throws {
    let id = try await store.read { try $0.conversations.page(before: nil, limit: 1).items.last?.id }
    guard let id else { return }
    let last = try await store.read { try $0.messages.page(of: id, limit: 1).items.last?.seq ?? 1 }
    var times = Times()
    for _ in 0..<count {
      let seq = Int64.random(in: 1...last, using: &random)
      _ = try await times.measure {
        try await store.read { store in
          var writer = JSONWriter(capacity: 32 << 10)
          return try store.messages.writePage(of: id, before: seq, limit: 50, into: &writer).count
        }
      }
    }
    print("\(count) pages of 50 of \(last) messages: \(times)")
  }
}

/// How long something took, again and again.
struct Times: CustomStringConvertible {
  private var waited: [Double] = []
  private var worked: [Double] = []

  mutating func measure<Value>(_ work: () async throws -> Value) async rethrows -> Value {
    let (start, cost) = (Self.milliseconds(CLOCK_MONOTONIC), Self.milliseconds(CLOCK_PROCESS_CPUTIME_ID))
    let value = try await work()
    waited.append(Self.milliseconds(CLOCK_MONOTONIC) - start)
    worked.append(Self.milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cost)
    return value
  }

  var description: String {
    "\n  ms until the answer: \(Self.quantiles(waited))\n  ms of processor time: \(Self.quantiles(worked))"
  }

  private static func quantiles(_ times: [Double]) -> String {
    let sorted = times.sorted()
    func quantile(_ part: Double) -> String {
      guard !sorted.isEmpty else { return "-" }
      return "\((sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))] * 1000).rounded() / 1000)"
    }
    return "p50 \(quantile(0.5)), p90 \(quantile(0.9)), p99 \(quantile(0.99)), longest \(quantile(1))"
  }

  static func milliseconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
  }
}
