import Basics
import Database
import Model
import TestKit
import Testing

@testable import Storage

struct MessageSearchTests {
  let scratch = ScratchStore()

  private func search(_ text: String, _ change: (inout MessageSearch) -> Void = { _ in }) throws
    -> MessageSearch
  {
    var search = MessageSearch(try MessageQuery(text))
    change(&search)
    return search
  }

  @Test(arguments: [
    ("quick", ["The quick brown fox"]), ("QUICK fox", ["The quick brown fox"]), ("quick dog", []),
    ("\"brown fox\"", ["The quick brown fox"]), ("\"fox brown\"", []), ("bro*", ["The quick brown fox"]),
    ("grusse", ["Grüße aus Köln"]), ("koln aus", ["Grüße aus Köln"]),
    ("\"brown fox\"*", ["The quick brown fox"]),
    ("kmessaget64656661756c74", []), ("default", []),
  ])
  func `S003-38 words, phrases and beginnings find messages`(text: String, found: [String]) async throws {
    let search = try search(text)
    try await scratch.use { store in
      let items = try await store.write { transaction in
        let id = try transaction.conversations.create(title: "Talk").id
        for text in ["The quick brown fox", "Grüße aus Köln", "", "..."] { try transaction.say(text, in: id) }
        return try transaction.found(search)
      }
      // ß is a letter of its own for SQLite.
      let expected = text == "grusse" ? [] : found
      #expect(items.map(\.message.text) == expected)
      #expect(items.allSatisfy { $0.title == "Talk" && !$0.text.matches.isEmpty })
    }
  }

  @Test func `each found message says what of it matches`() async throws {
    let search = try search("wörld \"grey fox\"*")
    try await scratch.use { store in
      let items = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        try transaction.say("😀 World of the grey fox, WÖRLD", in: id)
        return try transaction.found(search)
      }
      #expect(items.map(\.text.matches) == [[3..<8, 16..<24, 26..<31]])
    }
  }

  @Test func `only the messages that are wanted are found`() async throws {
    let cases: [(String, (inout MessageSearch) -> Void, [String])] = try await scratch.use { store in
      let agent = try await store.write { transaction in
        let agent = try transaction.makeAgent()
        for name in ["one", "two"] {
          let id = try transaction.conversations.create(Identifier(name)).id
          try transaction.say("apple asked \(name)", in: id)
          for (index, type) in [Message.Kind.message, .thought, .action].enumerated() {
            try transaction.messages.insert(
              Message(
                id: Identifier("\(name)\(index)"), conversation: id, seq: Int64(50 + index), agent: agent.id,
                role: .agent, type: type, text: "apple \(type.rawValue) \(name)",
                createdAt: Timestamp(milliseconds: 1000 + Int64(index))))
          }
          try transaction.messages.insert(
            Message(
              id: Identifier("\(name)-step"), conversation: id, seq: 60, role: .agent, text: "apple step",
              step: "s", createdAt: transaction.now))
        }
        return agent.id
      }
      let old = Timestamp(milliseconds: 1000)
      let cases: [(String, (inout MessageSearch) -> Void, [String])] = [
        ("role", { $0.role = .user }, ["apple asked one", "apple asked two"]),
        ("agent", { $0.agent = agent }, ["apple message one", "apple message two"]),
        ("conversation", { $0.conversation = Identifier("two") }, ["apple asked two", "apple message two"]),
        ("type", { $0.type = .thought }, ["apple thought one", "apple thought two"]),
        ("until", { $0.until = old }, ["apple message one", "apple message two"]),
        ("since", { $0.since = Timestamp(milliseconds: 1001) }, ["apple asked one", "apple asked two"]),
        (
          "span",
          {
            $0.since = old; $0.until = Timestamp(milliseconds: 999)
          }, []
        ),
        ("far", { $0.since = Timestamp(milliseconds: .max) }, []),
        ("other agent", { $0.agent = Identifier("none") }, []),
      ]
      for (name, change, expected) in cases {
        for sort in MessageSearch.Sort.allCases {
          let wanted = try search("apple") {
            change(&$0); $0.sort = sort
          }
          let found = try await store.find(wanted).page.items.map(\.message.text)
          #expect(found.sorted() == expected, "\(name), \(sort)")
        }
      }
      // What an agent said stays findable by the agent when it is gone.
      try await store.write { try $0.agents.delete(agent) }
      let wanted = try search("apple") { $0.agent = agent }
      #expect(try await store.find(wanted).page.items.count == 2)
      return cases
    }
    #expect(cases.count == 9)
  }

  @Test(arguments: MessageSearch.Sort.allCases)
  func `pages have every match once, and what comes meanwhile changes none`(sort: MessageSearch.Sort)
    async throws
  {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 0..<37 {
          try transaction.say(String(repeating: "pear ", count: 1 + number % 5) + "n\(number)", in: id)
        }
        return id
      }
      var found: [String] = []
      var cursor: SearchCursor?
      repeat {
        let wanted = try search("pear") {
          $0.sort = sort; $0.limit = 5; $0.cursor = cursor
        }
        let page = try await store.find(wanted).page
        found += page.items.map(\.message.text)
        cursor = page.next.flatMap { SearchCursor(text: $0.text) }
        #expect(cursor == page.next)
        try await store.write { _ = try $0.say("pear pear pear pear pear late", in: id) }
      } while cursor != nil
      #expect(found.count == 37)
      #expect(Set(found).count == 37)
      #expect(!found.contains { $0.hasSuffix("late") })
      if sort == .newest {
        #expect(found.map { $0.split(separator: "n").last } == (0..<37).reversed().map { "\($0)" })
      }
      if sort == .best { #expect(found.first?.hasPrefix("pear pear pear pear pear") == true) }
    }
  }

  @Test func `rare words count for more than common ones`() async throws {
    let wanted = try search("the zebra")
    try await scratch.use { store in
      let items = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 0..<200 { try transaction.say("the \(number)", in: id) }
        try transaction.say("the zebra and the the the the the", in: id)
        try transaction.say("zebra zebra the zebra and x x x x", in: id)
        return try transaction.found(wanted)
      }
      #expect(items.map(\.message.text).first?.hasPrefix("zebra") == true)
    }
  }

  @Test func `a deleted conversation is forgotten by the search`() async throws {
    let wanted = try search("plum")
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        try transaction.say("plum one", in: id)
        try transaction.say("plum two", in: try transaction.conversations.create().id)
        return id
      }
      try await store.write { try $0.conversations.delete(id) }
      #expect(
        try await store.find(wanted).page.items.map(\.message.text) == ["plum two"])
      try await store.write { transaction in
        try transaction.connection.execute(
          "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)")
      }
      // What is taken back was never there.
      await #expect(throws: StoreError.self) {
        try await store.write { transaction in
          try transaction.say("plum three", in: try transaction.conversations.create().id)
          throw StoreError.closed
        }
      }
      #expect(try await store.find(wanted).page.items.count == 1)
    }
  }

  @Test func `new messages wait until somebody searches, or they are taken in`() async throws {
    let wanted = try search("lime")
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 0..<620 { try transaction.say("lime \(number)", in: id) }
        return id
      }
      #expect(try await store.read { try $0.messageSearch.find(wanted).items.isEmpty })
      // Nobody waits for a long import, and the answer says that it is not all.
      let first = try await store.find(try search("lime") { $0.limit = 500 })
      #expect(first.page.items.count == 500)
      #expect(first.page.next == nil)
      #expect(!first.isComplete)
      let second = try await store.find(try search("lime") { $0.sort = .newest })
      #expect(second.page.items.first?.message.text == "lime 619")
      #expect(second.isComplete)
      // Those that go while they wait are never taken in.
      try await store.write { transaction in
        try transaction.say("lime gone", in: id)
        try transaction.conversations.delete(id)
        try transaction.say("other", in: try transaction.conversations.create().id)
        while try transaction.messageIntake.take(atMost: 50) {}
      }
      #expect(try await store.find(wanted).page.items.isEmpty)
      #expect(try await store.find(try search("other")).page.items.count == 1)
      try await store.write { transaction in
        try transaction.connection.execute(
          "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)")
      }
    }
  }

  @Test func `long messages are taken in a few at a time`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for _ in 0..<5 { try transaction.say(String(repeating: "word ", count: 20_000), in: id) }
        var rounds = 0
        while try transaction.messageIntake.take(atMost: 100) { rounds += 1 }
        #expect(rounds == 5)
      }
    }
  }

  @Test func `messages from before the search are taken in step by step`() async throws {
    let wanted = try search("fig") { $0.sort = .newest }
    try await scratch.use { store in
      let last = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 0..<23 { try transaction.say("fig \(number)", in: id) }
        // As the migration finds a database that knows no search.
        try transaction.connection.execute(
          """
          DELETE FROM message_waiting;
          INSERT INTO message_filling SELECT 1, max(id) || ' ' FROM messages;
          """)
        return id
      }
      #expect(try await store.read { try $0.messageIntake.isComplete() } == false)
      #expect(try await store.write { try $0.messageIntake.take(atMost: 10) })
      try await store.write { _ = try $0.say("fig new", in: last) }
      let some = try await store.find(wanted).page.items.map(\.message.text)
      #expect(some.sorted() == (["fig new"] + (13..<23).map { "fig \($0)" }).sorted())
      var hasMore = true
      while hasMore { hasMore = try await store.write { try $0.messageIntake.take(atMost: 10) } }
      #expect(try await store.read { try $0.messageIntake.isComplete() })
      let all = try await store.find(wanted).page.items.map(\.message.text)
      #expect(all.sorted() == (["fig new"] + (0..<23).map { "fig \($0)" }).sorted())
      try await store.write { transaction in
        try transaction.connection.execute(
          "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)")
      }
    }
  }

  @Test func `messages of one moment, of none and of the far future are found`() async throws {
    let wanted = try search("date") { $0.sort = .newest }
    try await scratch.use { store in
      let texts = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for (index, at) in [0, 0, 0, -5, Int64.max, Int64.max].enumerated() {
          try transaction.messages.insert(
            Message(
              id: Identifier("m\(index)"), conversation: id, seq: Int64(10 + index), role: .user,
              text: "date \(index)",
              createdAt: Timestamp(milliseconds: at)))
        }
        return try transaction.found(wanted).map(\.message.text)
      }
      #expect(texts == ["date 5", "date 4", "date 3", "date 2", "date 1", "date 0"])
    }
  }

  @Test func `the beginning of a very long message is found, its end is not`() async throws {
    let (first, last) = (try search("alpha"), try search("omega"))
    try await scratch.use { store in
      try await store.write { transaction in
        let id = try transaction.conversations.create().id
        try transaction.say("alpha " + String(repeating: "x ", count: 50_000) + "omega", in: id)
        let found = try transaction.found(first)
        #expect(found.first?.text.matches == [0..<5])
        #expect(found.first?.message.text.hasSuffix("omega") == true)
        #expect(try transaction.messageSearch.find(last).items.isEmpty)
      }
    }
  }

  @Test(arguments: [
    "\"", "\"\"\"", "a\"b", "NOT", "a OR", "AND AND", "NEAR(", "text:", "{text} : a", "^a", "a + b", "-a",
    "((((", "a\u{0}b",
    "\u{2}a\u{3}", "' OR 1=1 --", "%_", "\\", "a:b:c", "*a*", "rowid", "😀 a", "\u{FFFD}", "ab* \"cd", "+",
    "marks:ruser",
  ])
  func `no text that is looked for breaks the search`(text: String) async throws {
    guard let query = try? MessageQuery(text) else { return }
    try await scratch.use { store in
      _ = try await store.write { transaction in
        try transaction.say(
          "a and \u{2}b\u{3} not or near text rowid", in: try transaction.conversations.create().id)
        for sort in MessageSearch.Sort.allCases {
          var search = MessageSearch(query)
          search.sort = sort
          _ = try transaction.found(search)
        }
      }
    }
  }
}

extension WriteTransaction {
  /// What a search finds when all that was stored is taken in.
  fileprivate func found(_ search: MessageSearch) throws -> [FoundMessage] {
    while try messageIntake.take(atMost: 100) {}
    return try messageSearch.find(search).items
  }
}
