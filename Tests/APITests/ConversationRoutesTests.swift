import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

struct ConversationRoutesTests {
  @Test func `conversations are listed newest change first, renamed and deleted`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      var ids: [String] = []
      for number in 1...3 {
        ids.append(try await site.invoke(agent, "Number \(number)").json["conversationId"]?.string ?? "")
      }
      let first = try await site.get("/api/conversations?limit=2")
      #expect(first.json["items"]?.array?.map { $0["title"]?.string } == ["Number 3", "Number 2"])
      let rest = try await site.get("/api/conversations?limit=2&after=\(first.json["next"]?.string ?? "")")
      #expect(rest.json["items"]?.array?.map { $0["title"]?.string } == ["Number 1"])
      #expect(rest.json["next"] == .null)
      let last = try await site.get("/api/conversations?limit=2&before=end")
      #expect(last.json["items"]?.array?.map { $0["title"]?.string } == ["Number 2", "Number 1"])
      let newer = try await site.get("/api/conversations?limit=2&before=\(last.json["next"]?.string ?? "")")
      #expect(newer.json["items"]?.array?.map { $0["title"]?.string } == ["Number 3"])
      #expect(newer.json["next"] == .null)
      for query in ["before=x", "after=x", "after=end", "before=end&after=1.a"] {
        #expect(try await site.get("/api/conversations?\(query)").code == "invalid_query")
      }
      let renamed = try await site.patch("/api/conversations/\(ids[0])", ["title": "Better"])
      #expect(renamed.json["title"] == "Better")
      #expect(try await site.patch("/api/conversations/\(ids[0])", ["title": 5]).status == 400)
      #expect(try await site.patch("/api/conversations/\(ids[0])", [:]).code == "missing_field")
      #expect(try await site.send("DELETE", "/api/conversations/\(ids[0])").status == 204)
      #expect(try await site.get("/api/conversations/\(ids[0])").code == "conversation_not_found")
      #expect(try await site.send("DELETE", "/api/conversations/\(ids[0])").status == 404)
      #expect(try await site.get("/api/conversations/\(ids[0])/messages").status == 404)
      #expect(try await site.get("/api/conversations/\(ids[0])/events").status == 404)
    }
  }

  @Test func `deleting a conversation stops its runs first`() async throws {
    let upstream = try ScriptedUpstream(Script.head, Script.piece("a"), .stall)
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let first = try await site.invoke(agent, "hi", ["background": true])
      let conversation = try #require(first.json["conversation"]?.string)
      _ = try await site.invoke(agent, "next", ["background": true, "conversationId": .string(conversation)])
      try await eventually("the provider is asked") { !upstream.requests.isEmpty }
      #expect(try await site.send("DELETE", "/api/conversations/\(conversation)").status == 204)
      #expect(await upstream.wait { $0.closedByPeer == 1 })
      #expect(upstream.requests.count == 1)
      #expect(try await site.get("/api/runs").json["items"]?.array?.isEmpty == true)
    }
  }

  @Test func `messages are paged both ways, oldest first within a page`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.store.write { store in
        let id = try store.conversations.create(title: "long").id
        for number in 1...7 {
          let event = try store.append(
            Event(
              conversation: id, at: store.now,
              body: .messageCreated(MessageCreated(role: .user, text: "\(number)"))))
          try store.messages.insert(
            Message(
              id: store.newIdentifier(), conversation: id, seq: event.seq, role: .user, text: "\(number)",
              createdAt: store.now))
        }
        return id
      }
      func pages(_ direction: String, from start: String) async throws -> [[String]] {
        var pages: [[String]] = []
        var next: String? = start
        while let cursor = next {
          let page = try await site.get("/api/conversations/\(id)/messages?limit=3&\(direction)=\(cursor)")
          pages.append(page.json["items"]?.array?.compactMap { $0["text"]?.string } ?? [])
          next = page.json["next"]?.string
        }
        return pages
      }
      #expect(try await pages("after", from: "0") == [["1", "2", "3"], ["4", "5", "6"], ["7"]])
      #expect(try await pages("before", from: "end") == [["5", "6", "7"], ["2", "3", "4"], ["1"]])
      #expect(try await pages("after", from: "") == [["1", "2", "3"], ["4", "5", "6"], ["7"]])
      let path = "/api/conversations/\(id)/messages"
      #expect(try await site.get("\(path)?after=1&before=2").status == 400)
      #expect(try await site.get("\(path)?after=x").status == 400)
      #expect(try await site.get("\(path)?limit=0").status == 400)
      #expect(try await site.get("\(path)?limt=5").json["hint"] == "Did you mean limit?")
    }
  }

  @Test func `events are paged by seq and read the same as on the socket`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let client = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      let answer = try await site.invoke(agent, "hi")
      let id = try #require(answer.json["conversationId"]?.string)
      try await client.wait("the run's end") { $0["type"] == "run.completed" }
      var events: [JSON] = []
      var after: String? = "0"
      while let cursor = after {
        let page = try await site.get("/api/conversations/\(id)/events?limit=5&after=\(cursor)")
        #expect(page.json["conversation"]?.string == id)
        #expect(page.json["epoch"]?.string == site.store.epoch)
        #expect(page.json["items"]?.array?.count ?? 0 <= 5)
        events += page.json["items"]?.array ?? []
        after = page.json["next"]?.string
      }
      #expect(events.map { $0["seq"]?.integer } == (1...Int64(events.count)).map { $0 })
      #expect(events == client.events.filter { $0["conversation"]?.string == id })
      let text = events.filter { $0["type"] == "message.delta" }.compactMap { $0["text"]?.string }.joined()
      #expect(text == answer.json["response"]?.string)
    }
  }

  @Test(arguments: ["-1", "x", "1.5", "99999999999999999999"])
  func `a position that is no seq is refused, on a page and on a stream`(after: String) async throws {
    try await HubUnderTest.run { site in
      let id = try await site.store.write { try $0.conversations.create().id }
      for fields in [[:], ["Accept": "text/event-stream"]] {
        let answer = try await site.get("/api/conversations/\(id)/events?after=\(after)", fields: fields)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_query")
        #expect(answer.error == "after must be a whole number from 0, not \(after).")
      }
    }
  }

  @Test func `a page of events after the newest is empty, and one beyond it an error`() async throws {
    try await HubUnderTest.run { site in
      let path =
        "/api/conversations/\(try await site.store.write { try $0.conversations.create().id })/events"
      let end = try await site.get("\(path)?after=1")
      #expect(end.json["items"] == [])
      #expect(end.json["next"] == .null)
      let beyond = try await site.get("\(path)?after=2")
      #expect(beyond.status == 400)
      #expect(beyond.code == "invalid_position")
      #expect(beyond.error == "after is 2, but the newest event of the conversation has seq 1.")
    }
  }

  @Test func `nothing below a conversation that is not there is found`() async throws {
    try await HubUnderTest.run { site in
      for path in ["", "/messages", "/messages?before=end", "/events", "/events?after=5"] {
        let answer = try await site.get("/api/conversations/nope\(path)")
        #expect(answer.status == 404)
        #expect(answer.code == "conversation_not_found")
      }
      let stream = ["Accept": "text/event-stream"]
      for path in ["", "?after=5"] {
        let answer = try await site.get("/api/conversations/nope/events\(path)", fields: stream)
        #expect(answer.status == 404)
        #expect(answer.code == "conversation_not_found")
      }
      #expect(try await site.patch("/api/conversations/nope", ["title": "x"]).status == 404)
      #expect(try await site.send("DELETE", "/api/conversations/nope").status == 404)
    }
  }

  @Test func `runs are listed by conversation and status`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let first = try await site.invoke(agent, "a")
      let second = try await site.invoke(agent, "b")
      let all = try await site.get("/api/runs")
      #expect(all.json["items"]?.array?.map { $0["id"] } == [second.json["runId"], first.json["runId"]])
      let one = try await site.get(
        "/api/runs?conversation=\(first.json["conversationId"]?.string ?? "")&status=completed")
      #expect(one.json["items"]?.array?.count == 1)
      let run = try #require(one.json["items"]?[0])
      #expect(run["usage"]?["outputTokens"]?.integer ?? 0 > 0)
      #expect(run["agent"]?.string == agent)
      #expect(run["error"] == .null)
      #expect(try await site.get("/api/runs?limit=1").json["next"]?.string == second.json["runId"]?.string)
      #expect(try await site.get("/api/runs?status=done").status == 400)
      #expect(try await site.get("/api/runs/nope").code == "run_not_found")
    }
  }
}
