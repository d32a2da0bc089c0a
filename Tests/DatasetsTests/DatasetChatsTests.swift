import Basics
import Datasets
import Model
import Storage
import TestKit
import Testing

struct DatasetChatsTests {
  @Test func `chats are conversations about a data set, the newest first`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let chats = scratch.workspace.chats
    let first = try await chats.create(about: dataset.id, title: nil)
    let second = try await chats.create(about: dataset.id, title: "Why?")
    _ = try await chats.create(about: Identifier("test-session"), title: nil)
    #expect(try await chats.chats(about: dataset.id).map(\.id) == [second.id, first.id])
    #expect(try await chats.chats(about: dataset.id).map(\.title) == ["Why?", "New Chat"])
    try await scratch.service.delete(dataset.id)
    await #expect(throws: DatasetError.notFound(dataset.id.text)) {
      try await chats.create(about: dataset.id, title: nil)
    }
  }

  @Test func `a message keeps the client's role, and an object stays one`() async throws {
    let scratch = try ScratchService()
    let chats = scratch.workspace.chats
    let chat = try await chats.create(about: Identifier("s"), title: nil).id
    let object = #"{"text":"**North** leads","metrics":{"n":2}}"#
    for (role, content) in [
      ("user", "Who leads?"), ("orchestrator", object), ("assistant", "Well."), ("system", "note"),
      ("user", #"{"no":"text"}"#),
    ] {
      let stored = try await chats.add(role: role, content: content, to: chat)
      #expect(stored.role == role && stored.content == content)
    }
    let messages = try await chats.messages(of: chat)
    #expect(messages.map(\.role) == ["user", "orchestrator", "assistant", "system", "user"])
    #expect(messages.map(\.content) == ["Who leads?", object, "Well.", "note", #"{"no":"text"}"#])
    // The hub's own surfaces and its models read the text.
    let own = try await scratch.store.read { try $0.messages.page(of: chat).items }
    #expect(own.map(\.role) == [.user, .agent, .agent, .system, .user])
    #expect(own.map(\.text) == ["Who leads?", "**North** leads", "Well.", "note", #"{"no":"text"}"#])
    await #expect(throws: DatasetError.chatNotFound("none")) {
      try await chats.add(role: "user", content: "x", to: Identifier("none"))
    }
    #expect(try await chats.messages(of: Identifier("none")) == [])
  }

  /// Stores what a run stores: its question and its answer.
  private func run(_ question: String, _ answer: String, in chat: Identifier<Conversation>, of store: Store)
    async throws -> Identifier<Message>
  {
    try await store.write { store in
      let run: Identifier<Run> = store.newIdentifier()
      var output: Identifier<Message> = store.newIdentifier()
      for (role, text) in [(Message.Role.user, question), (.agent, answer)] {
        let id: Identifier<Message> = store.newIdentifier()
        let event = try store.append(
          Event(
            conversation: chat, message: id, at: store.now,
            body: .messageCreated(MessageCreated(role: role, text: text))))
        try store.messages.insert(
          Message(
            id: id, conversation: chat, seq: event.seq, run: run, role: role, text: text, createdAt: store.now
          ))
        output = id
      }
      return output
    }
  }

  @Test func `clients of chats get an answer with what belongs to it, the hub's own pages its text`()
    async throws
  {
    let scratch = try ScratchService()
    let chats = scratch.workspace.chats
    let chat = try await chats.create(about: Identifier("s"), title: nil).id
    let output = try await run("How many?", "There are **4**.", in: chat, of: scratch.store)
    let answer: JSON = ["text": "There are **4**.", "confidence": 97]
    try await chats.storeAnswer(answer, as: output, in: chat)
    let messages = try await chats.messages(of: chat)
    #expect(messages.map(\.role) == ["user", "assistant"])
    #expect(messages.map(\.content) == ["How many?", answer.text])
    #expect(try await scratch.store.read { try $0.messages.get(output)?.text } == "There are **4**.")
    _ = try await run("How many?", "4", in: chat, of: scratch.store)
    #expect(
      try await chats.messages(about: Identifier("s"), limit: 3).map(\.content) == [
        answer.text, "How many?", "4",
      ])
  }

  @Test func `a chat that is not there is made, and one that was deleted gets another id`() async throws {
    let scratch = try ScratchService()
    let chats = scratch.workspace.chats
    let id = Identifier<Conversation>("test-chat")
    #expect(try await chats.conversation(id, about: Identifier("test-session")) == id)
    #expect(try await chats.conversation(id, about: Identifier("test-session")) == id)
    #expect(try await chats.chats(about: Identifier("test-session")).map(\.id) == [id])
    try await scratch.store.write { try $0.conversations.delete(id) }
    #expect(try await chats.conversation(id, about: Identifier("test-session")) != id)
  }
}

struct DatasetMemoryTests {
  private func messages(_ count: Int, text: (Int) -> String = { "message \($0)" }) -> [ChatMessage] {
    (0..<count).map { index in
      ChatMessage(
        id: Identifier("m\(index)"), chat: Identifier("c"),
        role: index.isMultiple(of: 2) ? "user" : "assistant",
        content: text(index), createdAt: Timestamp(milliseconds: Int64(index)))
    }
  }

  @Test func `the context block names file, size, ten columns and five messages of a hundred characters`() {
    let columns = (1...12).map { "c\($0)" }
    let block = ContextBlock(
      filename: "a.csv", rowCount: 7, columns: columns,
      messages: messages(8) {
        $0 == 7 ? #"{"text":"\#(String(repeating: "x", count: 150))"}"# : "line \($0)\nnext"
      })
    #expect(
      block.text == """
        File: a.csv
        Rows: 7
        Columns: 12
        Column names: c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 and 2 more
        Last messages:
        - assistant: line 3 next
        - user: line 4 next
        - assistant: line 5 next
        - user: line 6 next
        - assistant: \(String(repeating: "x", count: 100))…
        """)
    let empty = ContextBlock(filename: "b.csv", rowCount: nil, columns: [], messages: [])
    #expect(empty.text == "File: b.csv\nRows: unknown\nColumns: 0\nColumn names: ")
  }

  @Test
  func `a summary comes with the tenth message, changes with every tenth, and shrinks from the fiftieth on`()
  {
    func summary(_ count: Int) -> RunningSummary? {
      RunningSummary(
        of: messages(count) { "topic \($0) " + String(repeating: "y", count: 90) }, queryCount: 3,
        pythonCount: 1)
    }
    #expect(summary(9) == nil)
    #expect(summary(10)?.messageCount == 10)
    #expect(summary(19) == summary(10) && summary(20) != summary(10))
    #expect(summary(10)?.questionCount == 5 && summary(10)?.answerCount == 5)
    #expect(summary(10)?.topics.count == 5 && summary(20)?.topics.count == 5)
    #expect(summary(20)?.topics.last?.hasPrefix("topic 18 ") == true && summary(20)?.topics.last?.count == 81)
    #expect(summary(40)?.text.contains("\n") == true)
    #expect(summary(50)?.text.contains("\n") == false)
    #expect(
      summary(57)?.text.hasPrefix("50 messages: 25 questions, 25 answers, 3 SQL analyses, 1 Python analyses.")
        == true)
  }
}
