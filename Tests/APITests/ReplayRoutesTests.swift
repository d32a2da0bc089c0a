import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

struct ReplayRoutesTests {
  /// The JSON of the data lines.
  private func data(_ answer: Answer) -> [JSON] {
    answer.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { line in
      (try? JSON.parse(Array(line.utf8.dropFirst(6)))) ?? .null
    }
  }

  @Test func `a conversation is streamed again, marked as such, and the stream ends`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let id = try await site.invoke(agent, "Hello").json["conversationId"]?.string ?? ""
      let stored = try await site.get("/api/conversations/\(id)/events?limit=500").json["items"]?.array ?? []
      let answer = try await site.get("/api/conversations/\(id)/replay?pace=0")
      #expect(answer.fields["content-type"] == "text/event-stream; charset=utf-8")
      let events = data(answer)
      #expect(events.count == stored.count + 1)
      for (shown, stored) in zip(events, stored) {
        var expected = stored.object ?? [:]
        expected["replay"] = true
        #expect(shown == .object(expected))
      }
      let end: JSON = [
        "conversation": .string(id), "seq": .integer(Int64(stored.count)),
        "events": .integer(Int64(stored.count)),
        "stopped": false,
      ]
      #expect(events.last?["replayed"] == end)
      #expect(
        answer.text.contains("id: \(site.store.epoch):2\ndata: ")
          || answer.text.contains("id: \(site.store.epoch):2\n"))
      // At a thousand times its pace, and a part.
      let part = try await site.get("/api/conversations/\(id)/replay?pace=1000&from=2&to=3")
      #expect(data(part).compactMap { $0["seq"]?.integer } == [2, 3])
      let back = try await site.get(
        "/api/conversations/\(id)/replay?pace=0&to=4", fields: ["Last-Event-ID": "\(site.store.epoch):2"])
      #expect(data(back).compactMap { $0["seq"]?.integer } == [3, 4])
      let past = try await site.get("/api/conversations/\(id)/replay?pace=0&to=2001-01-01")
      #expect(data(past).count == 1)
      #expect(data(past).first?["replayed"]?["events"] == 0)
    }
  }

  @Test(arguments: [
    ("pace=-1", "pace must be 0, for at once, or a number from 0.01 to 1000, not -1."),
    ("pace=nan", "pace must be 0, for at once, or a number from 0.01 to 1000, not nan."),
    ("pace=1001", "pace must be 0, for at once, or a number from 0.01 to 1000, not 1001."),
    ("from=x", "from must be a seq or a moment like 2026-11-21T09:30:00Z, not x."),
    ("speed=1", "There is no query parameter speed."),
  ])
  func `what is no range and no pace is refused`(query: String, error: String) async throws {
    try await HubUnderTest.run { site in
      let id = try await site.store.write { try $0.conversations.create().id }
      let answer = try await site.get("/api/conversations/\(id)/replay?\(query)")
      #expect(answer.status == 400)
      #expect(answer.error == error)
      #expect(try await site.get("/api/conversations/none/replay").code == "conversation_not_found")
    }
  }
}
