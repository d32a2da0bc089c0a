import Basics
import Model
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Random conversations that branch, against a tree that is as simple as can be.
struct BranchWalkTests {
  @Test(arguments: 1...8)
  func `what a model is told is the path of the tree, whatever was edited, regenerated and selected`(
    seed: Int
  ) async throws {
    let folder = ScratchFolder()
    let store = try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
    defer { store.close() }
    var walk = try await BranchWalk(store, seed: UInt64(seed))
    for number in 0..<45 {
      try await walk.step()
      let (said, expected) = (try await walk.history(), walk.expectedHistory)
      try #require(said == expected, "seed \(seed): \(walk.log)")
      let shown = try await walk.pages()
      #expect(Set(shown) == Set(walk.expectedPage), "seed \(seed): \(walk.log)")
      #expect(shown.count == walk.expectedPage.count)
      guard number % 6 == 0 else { continue }
      #expect(try await walk.forkedTexts() == expected, "seed \(seed): \(walk.log)")
    }
  }
}

/// A conversation in a store, and the same as a tree.
private struct BranchWalk {
  /// Versions of a question, or of an answer.
  final class Slot<Version: AnyObject> {
    var versions: [Version]
    var selected = 0
    init(_ version: Version) { versions = [version] }
    var current: Version { versions[selected] }
  }
  final class Question {
    let text: String
    let id: Identifier<Message>
    let answers: Slot<Reply>
    /// The reply that it stands under, and the versions that it is one of.
    let above: Reply?
    var home: Slot<Question>?
    init(_ text: String, _ id: Identifier<Message>, _ reply: Reply, above: Reply?) {
      (self.text, self.id, self.above) = (text, id, above)
      answers = Slot(reply)
    }
  }
  final class Reply {
    let run: Identifier<Run>
    var text: String?
    var step: String?
    var message: Identifier<Message>?
    var next: Slot<Question>?
    weak var question: Question?
    init(_ run: Identifier<Run>) { self.run = run }
  }

  let store: Store
  let agent: Identifier<Agent>
  let conversation: Identifier<Conversation>
  var dice: SeededGenerator
  var first: Slot<Question>?
  var all: [Question] = []
  var replies: [Reply] = []
  var number = 0
  var log: [String] = []

  init(_ store: Store, seed: UInt64) async throws {
    self.store = store
    dice = SeededGenerator(seed: seed)
    (agent, conversation) = try await store.write { store in
      let agent = Agent(
        id: store.newIdentifier(), name: "A", provider: "demo", model: "demo", createdAt: store.now,
        updatedAt: store.now)
      return (try store.agents.create(agent).id, try store.conversations.create().id)
    }
  }

  private mutating func word() -> String {
    number += 1
    return "w\(number)"
  }

  mutating func step() async throws {
    switch Int.random(in: 0..<10, using: &dice) {
    case 0..<3: try await ask(1)
    case 3: try await ask(Int.random(in: 2...3, using: &dice))
    case 4..<6: try await edit()
    case 6..<8: try await regenerate()
    default: try await select()
    }
  }

  private var path: [Reply] {
    var replies: [Reply] = []
    var slot = first
    while let question = slot?.current {
      replies.append(question.answers.current)
      slot = question.answers.current.next
    }
    return replies
  }

  /// Questions that all come before the first of them is answered.
  private mutating func ask(_ count: Int) async throws {
    log.append("ask \(count)")
    var runs: [Run] = []
    for _ in 0..<count {
      let text = word()
      var invocation = Invocation(agent: agent, text: text)
      invocation.conversation = conversation
      let final = invocation
      let run = try await store.write { try RunEntry.enter(final, in: $0) }
      let above = path.last
      let question = Question(text, run.input, Reply(run.id), above: above)
      put(question, below: above)
      runs.append(run)
    }
    for run in runs { try await answer(run) }
  }

  private mutating func put(_ question: Question, below above: Reply?) {
    let slot = Slot(question)
    question.home = slot
    if let above { above.next = slot } else { first = slot }
    keep(question)
  }

  private mutating func keep(_ question: Question) {
    all.append(question)
    question.answers.current.question = question
    replies.append(question.answers.current)
  }

  private mutating func edit() async throws {
    guard let question = all.randomElement(using: &dice) else { return }
    log.append("edit \(question.text)")
    let text = word()
    let order = BranchOrder(conversation, question.id, .question(text: text))
    let run = try await store.write { try BranchEntry.enter(order, in: $0) }
    let edited = Question(text, run.input, Reply(run.id), above: question.above)
    edited.home = question.home
    question.home?.versions.append(edited)
    keep(edited)
    show(edited)
    try await answer(run)
  }

  private mutating func regenerate() async throws {
    guard let reply = replies.randomElement(using: &dice), let question = reply.question else { return }
    log.append("regenerate \(question.text)")
    // The question, its answer, or a step on the way to it.
    let named = Bool.random(using: &dice) ? reply.message ?? question.id : question.id
    let run = try await store.write { [conversation] in
      try BranchEntry.enter(BranchOrder(conversation, named, .answer), in: $0)
    }
    let another = Reply(run.id)
    another.question = question
    question.answers.versions.append(another)
    question.answers.selected = question.answers.versions.count - 1
    replies.append(another)
    show(question)
    try await answer(run)
  }

  private mutating func select() async throws {
    guard let reply = replies.randomElement(using: &dice), let question = reply.question else { return }
    let target: BranchTarget
    if Bool.random(using: &dice) {
      target = .message(question.id)
      log.append("select question \(question.text)")
    } else {
      target =
        Bool.random(using: &dice) ? reply.message.map { .message($0) } ?? .run(reply.run) : .run(reply.run)
      question.answers.selected = question.answers.versions.firstIndex { $0 === reply } ?? 0
      log.append("select \(target)")
    }
    show(question)
    _ = try await store.write { [conversation] in try $0.select(target, in: conversation) }
  }

  /// Lets the path come to a question.
  private func show(_ question: Question) {
    var current: Question? = question
    while let shown = current {
      shown.home?.selected = shown.home?.versions.firstIndex { $0 === shown } ?? 0
      if let above = shown.above, let owner = above.question {
        owner.answers.selected = owner.answers.versions.firstIndex { $0 === above } ?? 0
      }
      current = shown.above?.question
    }
  }

  /// Ends a run as its driver would: with an answer, with a step on the way to it, or with nothing.
  private mutating func answer(_ run: Run) async throws {
    let reply = replies.last { $0.run == run.id }
    let text = Int.random(in: 0..<6, using: &dice) == 0 ? nil : word()
    let step = Int.random(in: 0..<3, using: &dice) == 0 ? word() : nil
    let made = try await store.write { store -> Identifier<Message>? in
      if let step {
        var part = Run(
          id: store.newIdentifier(), conversation: run.conversation, agent: run.agent, agentName: "A",
          agentVersion: 1, status: .completed, parentRun: run.id, input: store.newIdentifier(),
          output: store.newIdentifier(), createdAt: store.now)
        part.branch = run.branch
        try store.runs.insert(part)
        try store.say(step, part.output, of: part, step: "s", parent: run.input)
      }
      if let text { try store.say(text, run.output, of: run, step: nil, parent: run.input) }
      var ended = run
      ended.status = .completed
      try store.runs.update(ended)
      return text == nil ? nil : run.output
    }
    reply?.text = text
    reply?.step = step
    reply?.message = made
  }

  /// What a run that is asked now would be told, without its own question.
  mutating func history() async throws -> [String] {
    let text = word()
    var invocation = Invocation(agent: agent, text: text)
    invocation.conversation = conversation
    let final = invocation
    struct Told: Error { let texts: [String] }
    do {
      try await store.write { store in
        let run = try RunEntry.enter(final, in: store)
        let path = try store.branches.path(of: run.conversation, to: run.branch)
        let said = try store.messages.said(in: run.conversation, on: path, limit: 1000)
        // Nothing of it stays.
        throw Told(texts: RunContext.history(for: run, from: said).dropLast().map(\.text))
      }
      return []
    } catch let told as Told {
      return told.texts
    }
  }

  /// The conversation's messages, a few at a time, in both directions.
  func pages() async throws -> [String] {
    try await store.read { [conversation] store in
      let path = try store.branches.selectedPath(of: conversation) ?? BranchTree().path(to: 0)
      var (forwards, backwards): ([Message], [Message]) = ([], [])
      var after: Int64? = 0
      while let from = after {
        let page = try store.messages.page(of: conversation, on: path, after: from, limit: 3)
        forwards += page.items
        after = page.next
      }
      var (before, hasMore): (Int64?, Bool) = (nil, true)
      while hasMore {
        let page = try store.messages.page(of: conversation, on: path, before: before, limit: 4)
        backwards = page.items + backwards
        (before, hasMore) = (page.next, page.next != nil)
      }
      #expect(forwards == backwards)
      #expect(zip(forwards, forwards.dropFirst()).allSatisfy { $0.seq < $1.seq })
      for message in forwards {
        #expect(path.contains(try store.messages.place(of: message), of: message.branch ?? 0))
      }
      return forwards.map(\.text)
    }
  }

  /// What a copy of the conversation tells its model.
  func forkedTexts() async throws -> [String] {
    guard first != nil else { return [] }
    struct Told: Error { let texts: [String] }
    do {
      try await store.write { [conversation, agent] store in
        let fork = try store.fork(conversation)
        var invocation = Invocation(agent: agent, text: "?")
        invocation.conversation = fork.id
        let run = try RunEntry.enter(invocation, in: store)
        let said = try store.messages.said(in: fork.id, limit: 1000)
        throw Told(texts: RunContext.history(for: run, from: said).dropLast().map(\.text))
      }
      return []
    } catch let told as Told {
      return told.texts
    }
  }

  var expectedHistory: [String] {
    path.flatMap { [$0.question?.text, $0.text].compactMap(\.self) }
  }

  var expectedPage: [String] {
    path.flatMap { [$0.question?.text, $0.step, $0.text].compactMap(\.self) }
  }
}

extension WriteTransaction {
  fileprivate func say(
    _ text: String, _ id: Identifier<Message>, of run: Run, step: String?, parent: Identifier<Message>
  ) throws {
    let completed = MessageCompleted(text: text, finish: "stop", parent: parent, branch: run.branch)
    let event = try append(
      Event(
        conversation: run.conversation, run: run.id, message: id, at: now, body: .messageCompleted(completed))
    )
    try messages.insert(
      Message(
        id: id, conversation: run.conversation, seq: event.seq, parent: parent, run: run.id, agent: run.agent,
        role: .agent, text: text, step: step, branch: run.branch, createdAt: now))
  }
}
