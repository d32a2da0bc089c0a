import Basics
import Glibc
import Model
import Storage

/// Fills a database with old answers, merges their deltas while somebody writes all the time, and prints what was saved and who waited.
struct CompactionBenchmark {
  private static let deltas = 200
  /// What `LogCompaction` leaves to others.
  private static let rest = 4

  let store: Store

  func run(answers: Int) async throws {
    let id = try await fill(answers)
    print("before: \(try await size())")
    print(
      "a live write each 2 ms, alone: \(try await live(in: id) { try await Task.sleep(for: .seconds(5)) })")
    let (start, cost) = (ContinuousClock.now, Times.milliseconds(CLOCK_PROCESS_CPUTIME_ID))
    let times = try await live(in: id) { try await merge() }
    let seconds = start.duration(to: .now) / .seconds(1)
    print("the same while the deltas of \(answers) answers are merged: \(times)")
    let rate = Int(Double(answers * Self.deltas) / seconds)
    let worked = Int(Times.milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cost)
    print("merged in \(Int(seconds)) s, \(rate) deltas a second, \(worked) ms of processor time")
    print("after: \(try await size())")
  }

  private func size() async throws -> String {
    let size = try await store.read { try $0.compaction.databaseSize() }
    return "\(size.bytes >> 20) MiB, \(size.free >> 20) MiB of them free"
  }

  private func fill(_ answers: Int) async throws -> Identifier<Conversation> {
    for first in stride(from: 0, to: answers, by: 10) {
      try await store.write(.relaxed) { store in
        let id = try store.conversations.create(title: "Conversation \(first)").id
        for _ in 0..<min(10, answers - first) { try Self.answer(in: id, store) }
      }
    }
    return try await store.write { try $0.conversations.create().id }
  }

  private static func answer(in id: Identifier<Conversation>, _ store: WriteTransaction) throws {
    let agent = AgentReference(id: store.newIdentifier(), name: "Assistant")
    let run = Run(
      id: store.newIdentifier(), conversation: id, agent: agent.id, agentName: agent.name, agentVersion: 1,
      status: .completed, input: store.newIdentifier(), output: store.newIdentifier(), createdAt: store.now,
      finishedAt: Timestamp(milliseconds: store.now.milliseconds - 60_000))
    try store.runs.insert(run)
    var text = ""
    for number in 0..<deltas {
      let piece = "word \(number) and so on "
      let delta = MessageDelta(channel: .final, position: text.utf16.count, text: piece)
      text += piece
      try append(.messageDelta(delta), of: run, agent, store)
    }
    try append(.messageCompleted(MessageCompleted(text: text, finish: "stop")), of: run, agent, store)
    try append(.run(.completed, usage: nil, error: nil), of: run, agent, store)
  }

  private static func append(
    _ body: EventBody, of run: Run, _ agent: AgentReference, _ store: WriteTransaction
  ) throws {
    try store.append(
      Event(
        conversation: run.conversation, run: run.id, agent: agent, message: run.output, at: store.now,
        body: body))
  }

  private func merge() async throws {
    let clock = ContinuousClock()
    while true {
      let due = try await store.read { try $0.compaction.due(after: .seconds(1), limit: 100) }
      guard !due.isEmpty else { return }
      for work in due {
        var next: RunCompaction? = work
        while let work = next {
          let start = clock.now
          guard let page = try await store.read({ try $0.compaction.page(of: work, below: .max) }) else {
            return
          }
          try await store.write(.relaxed) { try $0.compaction.perform(page, of: work) }
          next = page.next
          try await Task.sleep(for: (clock.now - start) * Self.rest)
        }
      }
    }
  }

  /// How long writes took while something was done.
  private func live(
    in id: Identifier<Conversation>, during work: () async throws -> Void
  ) async throws -> Times {
    let writing = Task { [store] in
      var times = Times()
      while !Task.isCancelled {
        try await times.measure {
          try await store.write(.relaxed) { store in
            let delta = EventBody.messageDelta(MessageDelta(channel: .final, position: 0, text: "word "))
            try store.append(Event(conversation: id, message: Identifier("m"), at: store.now, body: delta))
          }
        }
        try? await Task.sleep(for: .milliseconds(2))
      }
      return times
    }
    try await work()
    writing.cancel()
    return try await writing.value
  }
}
