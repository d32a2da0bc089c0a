import Basics
import Model
import Storage
import TestKit
import Testing

@testable import Pipelines

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BranchServiceTests {
  /// Says what the last message says, with how often it was asked.
  private static func echo() throws -> ScriptedUpstream {
    let count = Counter()
    return try ScriptedUpstream { request in
      let last = (try? JSON.parse(request.body))?["messages"]?.array?.last?["content"]?.string ?? ""
      return Answer.whole("\(last)#\(count.next())")
    }
  }

  /// What the provider was told in its last request.
  private static func told(_ upstream: ScriptedUpstream) throws -> [String] {
    let body = try JSON.parse(#require(upstream.requests.last).body)
    return (body["messages"]?.array ?? []).compactMap { $0["content"]?.string }
  }

  private static func path(_ conversation: Identifier<Conversation>, _ fixture: RunFixture) async throws
    -> [String]
  {
    try await fixture.store.read { store in
      let path = try store.branches.selectedPath(of: conversation)
      return try store.messages.said(in: conversation, on: path, limit: 100).map(\.text)
    }
  }

  @Test func `another answer is given to the same question, and the next question follows it`() async throws {
    let upstream = try Self.echo()
    let fixture = try await RunFixture(upstream)
    let one = try await fixture.outcome("a")
    let two = try await fixture.runs.outcome(of: fixture.invoke("b", in: one.conversation).id)
    let again = try await fixture.runs.branch(BranchOrder(one.conversation, one.output, .answer))
    #expect(again.input == one.input && again.branch == 1 && again.cache == .refresh)
    _ = try await fixture.runs.outcome(of: again.id)
    #expect(try Self.told(upstream) == ["a"])
    #expect(try await Self.path(one.conversation, fixture) == ["a", "a#3"])
    _ = try await fixture.runs.outcome(of: fixture.invoke("c", in: one.conversation).id)
    #expect(try Self.told(upstream) == ["a", "a#3", "c"])
    // Back to the first answer, and with it to what followed it.
    _ = try await fixture.store.write { try $0.select(.message(one.output), in: one.conversation) }
    #expect(try await Self.path(one.conversation, fixture) == ["a", "a#1", "b", "b#2"])
    _ = try await fixture.runs.outcome(of: fixture.invoke("d", in: one.conversation).id)
    #expect(try Self.told(upstream) == ["a", "a#1", "b", "b#2", "d"])
    #expect(two.branch == nil)
    await fixture.close()
  }

  @Test func `an edited question stands beside the first one, and keeps its pictures`() async throws {
    let upstream = try Self.echo()
    let fixture = try await RunFixture(upstream)
    var invocation = Invocation(agent: fixture.agent, text: "a")
    invocation.images = [.url("https://x/y.png")]
    invocation.parameters = ["tone": "calm"]
    let one = try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
    let edited = try await fixture.runs.outcome(
      of: fixture.runs.branch(BranchOrder(one.conversation, one.input, .question(text: "A"))).id)
    let (first, second) = try await fixture.store.read {
      (try $0.messages.get(one.input), try $0.messages.get(edited.input))
    }
    #expect(second?.text == "A" && second?.parent == first?.parent && second?.branch == 1)
    let parts = [MessagePart](json: second?.parts)
    #expect(parts == [.text("A"), MessagePart(.image(.url("https://x/y.png")))])
    #expect(edited.parameters == ["tone": "calm"])
    // A version of the version stands beside both.
    let third = try await fixture.runs.outcome(
      of: fixture.runs.branch(BranchOrder(one.conversation, edited.input, .question(text: "B"))).id)
    let tree = try await fixture.store.read { try $0.branches.tree(of: one.conversation) }
    #expect(tree.branches.map(\.message) == [one.input, one.input])
    #expect(tree.branches.map(\.parent) == [0, 0] && tree.selected == 2)
    #expect(third.branch == 2)
    await fixture.close()
  }

  @Test func `watchers are told of the branch before anything is said in it`() async throws {
    let fixture = try await RunFixture(try Self.echo())
    let one = try await fixture.outcome("a")
    let edited = try await fixture.runs.outcome(
      of: fixture.runs.branch(BranchOrder(one.conversation, one.input, .question(text: "A"))).id)
    #expect(
      fixture.milestones(edited.id) == [
        .branchCreated, .messageCreated, .runQueued, .runStarted, .attemptStarted, .attemptCompleted,
        .messageCompleted, .runCompleted,
      ])
    let branches = fixture.published.all.filter { $0.run == edited.id }.compactMap { event -> Int? in
      switch event.body {
      case .messageCreated(let created): created.branch
      case .messageCompleted(let completed): completed.branch
      default: nil
      }
    }
    #expect(branches == [1, 1])
    await fixture.close()
  }

  @Test func `a branch waits for nobody: a busy conversation refuses it, or is interrupted`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      request.text.contains("slow")
        ? [Answer.head, Answer.piece("A"), .waitFor(gate)] + Answer.finish : Answer.whole("B")
    }
    let fixture = try await RunFixture(upstream)
    let one = try await fixture.outcome("quick")
    let slow = try await fixture.invoke("slow", in: one.conversation)
    let queued = try await fixture.invoke("behind", in: one.conversation)
    try await fixture.waitForText("A", of: slow.id)
    var order = BranchOrder(one.conversation, one.output, .answer)
    await #expect(throws: RunError.branchBusy) { try await fixture.runs.branch(order) }
    order.onBusy = .interrupt
    let again = try await fixture.runs.outcome(of: fixture.runs.branch(order).id)
    #expect(again.status == .completed)
    let ends = try await fixture.store.read { store in
      try [slow.id, queued.id].map { try store.runs.get($0)?.status }
    }
    #expect(ends == [.stopped, .stopped])
    #expect(try await Self.path(one.conversation, fixture) == ["quick", "B"])
    gate.open()
    await fixture.close()
  }

  @Test func `the same key gives the same branch, with another wish it is refused`() async throws {
    let fixture = try await RunFixture(try Self.echo())
    let one = try await fixture.outcome("a")
    var order = BranchOrder(one.conversation, one.output, .answer)
    order.key = "k"
    let first = try await fixture.runs.outcome(of: fixture.runs.branch(order).id)
    #expect(try await fixture.runs.branch(order).id == first.id)
    order.message = one.input
    await #expect(throws: RunError.keyReused) { try await fixture.runs.branch(order) }
    #expect(try await fixture.store.read { try $0.branches.tree(of: one.conversation).branches.count } == 1)
    await fixture.close()
  }

  @Test func `what cannot be edited or answered again is named`() async throws {
    let fixture = try await RunFixture(try Self.echo())
    let one = try await fixture.outcome("a")
    let other = try await fixture.outcome("b")
    let (system, lone) = try await fixture.store.write { store in
      (
        try store.chats.add(role: "system", content: "s", to: one.conversation).id,
        try store.chats.add(role: "assistant", content: "x", to: store.conversations.create().id)
      )
    }
    let tries: [(BranchOrder, String)] = [
      (BranchOrder(Identifier("none"), one.output, .answer), "conversation_not_found"),
      (BranchOrder(one.conversation, Identifier("none"), .answer), "message_not_found"),
      (BranchOrder(one.conversation, other.output, .answer), "message_not_found"),
      (BranchOrder(one.conversation, system, .answer), "message_not_answer"),
      (BranchOrder(lone.chat, lone.id, .answer), "message_not_answer"),
      (BranchOrder(one.conversation, one.output, .question(text: "x")), "message_not_question"),
    ]
    for (order, code) in tries {
      do {
        _ = try await fixture.runs.branch(order)
        Issue.record("\(code) did not come")
      } catch let error as RunError {
        #expect(error.code == code)
      }
    }
    var wanted = BranchOrder(one.conversation, one.output, .answer)
    wanted.agent = Identifier("nobody")
    await #expect(throws: RunError.agentNotFound(Identifier("nobody"))) {
      try await fixture.runs.branch(wanted)
    }
    #expect(try await fixture.store.read { try $0.conversations.get(one.conversation)?.branch } == nil)
    await fixture.close()
  }

  @Test func `answers that no run of this hub gave can be given anew by an agent that is named`() async throws
  {
    let upstream = try Self.echo()
    let fixture = try await RunFixture(upstream)
    let (conversation, answer) = try await fixture.store.write { store in
      let id = try store.conversations.create().id
      try store.chats.add(role: "user", content: "old", to: id)
      let answer = try store.chats.add(role: "assistant", content: "answer", to: id).id
      try store.chats.add(role: "user", content: "more", to: id)
      return (id, answer)
    }
    var order = BranchOrder(conversation, answer, .answer)
    await #expect(throws: RunError.agentUnknown) { try await fixture.runs.branch(order) }
    order.agent = fixture.agent
    _ = try await fixture.runs.outcome(of: fixture.runs.branch(order).id)
    #expect(try Self.told(upstream) == ["old"])
    #expect(try await Self.path(conversation, fixture) == ["old", "old#1"])
    // What clients of chats say and read is on the path as well.
    try await fixture.store.write { _ = try $0.chats.add(role: "user", content: "new", to: conversation) }
    let chat = try await fixture.store.read { try $0.chats.messages(of: conversation).map(\.content) }
    #expect(chat == ["old", "old#1", "new"])
    await fixture.close()
  }

  @Test func `a queued branch goes on after a restart, where it began`() async throws {
    let upstream = try Self.echo()
    let fixture = try await RunFixture(upstream)
    let one = try await fixture.outcome("a")
    _ = try await fixture.runs.outcome(of: fixture.invoke("b", in: one.conversation).id)
    // Entered, and never begun: the process ended here.
    let order = BranchOrder(one.conversation, one.input, .question(text: "A"))
    let left = try await fixture.store.write { try BranchEntry.enter(order, in: $0) }
    await fixture.close(keepingFiles: true)
    let next = try await RunFixture(upstream, path: fixture.path)
    try await next.runs.resumeQueued()
    #expect(try await next.runs.outcome(of: left.id).status == .completed)
    #expect(try Self.told(upstream) == ["A"])
    #expect(try await Self.path(one.conversation, next) == ["A", "A#3"])
    await next.close()
  }

  @Test func `what a process that died had written of another answer stays in its branch`() async throws {
    let upstream = try Self.echo()
    let fixture = try await RunFixture(upstream)
    let one = try await fixture.outcome("a")
    let order = BranchOrder(one.conversation, one.output, .answer)
    try await fixture.store.write { store in
      var run = try BranchEntry.enter(order, in: store)
      run.status = .running
      try store.runs.update(run)
      let delta = MessageDelta(channel: .final, position: 0, text: "half")
      try store.append(run.event(.messageDelta(delta), at: store.now, message: run.output))
    }
    await fixture.close(keepingFiles: true)
    let next = try await RunFixture(upstream, path: fixture.path)
    #expect(try await Self.path(one.conversation, next) == ["a", "half"])
    let again = try await next.runs.branch(BranchOrder(one.conversation, one.input, .answer))
    #expect(again.branch == 2 && again.agent == fixture.agent)
    await next.close()
  }

  @Test func `a copy of its own goes on by itself`() async throws {
    let upstream = try Self.echo()
    let fixture = try await RunFixture(upstream)
    let one = try await fixture.outcome("a")
    _ = try await fixture.runs.outcome(of: fixture.invoke("b", in: one.conversation).id)
    let order = ForkOrder(conversation: one.conversation, message: one.output, title: nil, key: "k")
    let fork = try await fixture.store.write { try order.enter(in: $0) }
    #expect(try await fixture.store.write { try order.enter(in: $0) }.id == fork.id)
    #expect(fork.title == "a" && fork.branch == nil)
    #expect(fork.forkedFrom == ForkOrigin(conversation: one.conversation, message: one.output))
    _ = try await fixture.runs.outcome(of: fixture.invoke("c", in: fork.id).id)
    #expect(try Self.told(upstream) == ["a", "a#1", "c"])
    // The copied answer can be given anew by whoever gave it.
    let copied = try await fixture.store.read { try $0.messages.page(of: fork.id).items }
    #expect(copied.allSatisfy { $0.conversation == fork.id && $0.id != one.input && $0.id != one.output })
    _ = try await fixture.runs.outcome(
      of: fixture.runs.branch(BranchOrder(fork.id, copied[1].id, .answer)).id)
    #expect(try await Self.path(fork.id, fixture) == ["a", "a#4"])
    #expect(try await Self.path(one.conversation, fixture) == ["a", "a#1", "b", "b#2"])
    try await fixture.store.write { try $0.conversations.delete(one.conversation) }
    #expect(try await fixture.store.read { try $0.conversations.get(fork.id)?.forkedFrom } != nil)
    await fixture.close()
  }
}

private final class Counter: Sendable {
  private let count = Recorder<Int>()
  func next() -> Int {
    count.record(0)
    return count.all.count
  }
}
