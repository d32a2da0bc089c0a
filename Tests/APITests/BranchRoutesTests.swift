import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

struct BranchRoutesTests {
  /// Runs a test with an agent that says what it is asked, with how often it was asked anything.
  private static func run(
    _ body: (HubUnderTest, _ agent: String, ScriptedUpstream) async throws -> Void
  ) async throws {
    let count = Recorder<Int>()
    let upstream = try ScriptedUpstream { request in
      count.record(0)
      let last = (try? JSON.parse(request.body))?["messages"]?.array?.last?["content"]?.string ?? ""
      return Script.whole("\(last)#\(count.all.count)")
    }
    try await HubUnderTest.run { site in
      try await body(site, site.makeAgent(asking: upstream), upstream)
    }
    withExtendedLifetime(upstream) {}
  }

  private static func texts(_ answer: Answer) -> [String] {
    (answer.json["items"]?.array ?? []).compactMap { $0["text"]?.string }
  }

  /// Two questions and their answers; the conversation's path, and the messages' ids.
  private static func talk(_ site: HubUnderTest, _ agent: String) async throws -> (
    path: String, ids: [String]
  ) {
    let id = try await site.invoke(agent, "a").json["conversationId"]?.string ?? ""
    _ = try await site.invoke(agent, "b", ["conversationId": .string(id)])
    let messages = try await site.get("/api/conversations/\(id)/messages").json["items"]?.array ?? []
    return ("/api/conversations/\(id)", messages.compactMap { $0["id"]?.string })
  }

  @Test func `regenerate, edit, select: what is read is the path, all or any branch`() async throws {
    try await Self.run { site, agent, _ in
      let (path, ids) = try await Self.talk(site, agent)
      #expect(try await site.get(path).json["branch"] == nil)
      let again = try await site.post("\(path)/regenerate", ["messageId": .string(ids[1])])
      #expect(again.status == 200 && again.json["response"] == "a#3", "\(again.text)")
      #expect(Self.texts(try await site.get("\(path)/messages")) == ["a", "a#3"])
      let edited = try await site.post("\(path)/edit", ["messageId": .string(ids[0]), "message": "A"])
      #expect(edited.json["response"] == "A#4")
      #expect(Self.texts(try await site.get("\(path)/messages?before=end")) == ["A", "A#4"])
      #expect(Self.texts(try await site.get("\(path)/messages?branch=0")) == ["a", "a#1", "b", "b#2"])
      #expect(Self.texts(try await site.get("\(path)/messages?branch=1&limit=1&after=0")) == ["a"])
      let all = try await site.get("\(path)/messages?branch=all")
      #expect(Self.texts(all) == ["a", "a#1", "b", "b#2", "a#3", "A", "A#4"])
      #expect(all.json["items"]?.array?.map { $0["branch"]?.integer } == [nil, nil, nil, nil, 1, 2, 2])
      let selected = try await site.post("\(path)/select", ["messageId": .string(ids[3])])
      #expect(selected.json["branch"] == 0 && selected.json["path"] == [0])
      #expect(Self.texts(try await site.get("\(path)/messages")) == ["a", "a#1", "b", "b#2"])
      _ = try await site.post("\(path)/select", ["branch": 1])
      #expect(Self.texts(try await site.get("\(path)/messages?branch=selected")) == ["a", "a#3"])
      #expect(try await site.get(path).json["branch"] == 1)
    }
  }

  @Test func `the tree tells branches, the versions at each fork, and where each message stands`()
    async throws
  {
    try await Self.run { site, agent, _ in
      let (path, ids) = try await Self.talk(site, agent)
      let plain = try await site.get("\(path)/tree").json
      #expect(plain["branch"] == 0 && plain["branches"] == [] && plain["forks"] == [])
      let again = try await site.post("\(path)/regenerate", ["messageId": .string(ids[1])])
      _ = try await site.post("\(path)/edit", ["messageId": .string(ids[2]), "message": "B"])
      let tree = try await site.get("\(path)/tree").json
      #expect(tree["path"] == [0, 2])
      let forks = tree["forks"]?.array ?? []
      #expect(forks.map { $0["kind"]?.string } == ["answer", "question"])
      #expect(forks.map { $0["message"]?.string } == [ids[0], ids[2]])
      let answers = forks[0]["versions"]?.array ?? []
      #expect(answers.map { $0["message"]?.string } == [ids[1], again.json["messageId"]?.string])
      #expect(answers.map { $0["selected"]?.bool } == [true, false])
      #expect(forks[1]["versions"]?.array?.map { $0["selected"]?.bool } == [false, true])
      let items = tree["items"]?.array ?? []
      #expect(items.map { $0["selected"]?.bool } == [true, true, false, false, false, true, true])
      #expect(items.map { $0["branch"]?.integer } == [0, 0, 0, 0, 1, 2, 2])
      let page = try await site.get("\(path)/tree?limit=2&before=end").json
      #expect(page["items"]?.array?.count == 2 && page["next"]?.string != nil)
      let messages = tree["branches"]?.array ?? []
      #expect(messages.map { $0["parent"]?.integer } == [0, 0])
    }
  }

  @Test func `two watchers see a branch begin and the path change, as it is stored`() async throws {
    try await Self.run { site, agent, _ in
      let (path, ids) = try await Self.talk(site, agent)
      let id = try #require(try await site.get(path).json["id"]?.string)
      var clients: [SocketClient] = []
      for _ in 0..<2 {
        let client = try await SocketClient.open(site, subprotocols: "agenthub.v1")
        _ = try await client.command(1, "subscribe", ["conversation": .string(id)])
        try await client.wait("live") { $0["live"] != nil }
        clients.append(client)
      }
      let begun = try await clients[0].command(
        2, "edit",
        ["conversation": .string(id), "messageId": .string(ids[2]), "message": "B", "key": "k"])
      let run = try #require(begun["ok"]?["run"]?.string, "\(begun)")
      for client in clients {
        try await client.wait("the end") { $0["type"] == "run.completed" && $0["run"]?.string == run }
      }
      let selected = try await clients[1].command(
        2, "select", ["conversation": .string(id), "messageId": .string(ids[2])])
      #expect(selected["ok"]?["branch"] == 0)
      for client in clients { try await client.wait("the path") { $0["type"] == "branch.selected" } }
      // The same once more changes nothing, and so tells nothing.
      _ = try await clients[1].command(
        3, "select", ["conversation": .string(id), "messageId": .string(ids[2])])
      let types = clients[0].events.map { $0["type"]?.string ?? "" }.filter { $0 != "message.delta" }
      #expect(types.prefix(3) == ["branch.created", "message.created", "run.queued"])
      #expect(clients[0].events == clients[1].events)
      let created = clients[0].events[0]
      #expect(created["message"]?.string == ids[2] && created["kind"] == "question" && created["branch"] == 1)
      #expect(clients[0].events[1]["branch"] == 1)
      let stored = try await site.get("\(path)/events?limit=500").json["items"]?.array ?? []
      #expect(Array(stored.suffix(clients[0].events.count)) == clients[0].events)
      let fork = try await clients[0].command(
        4, "fork", ["conversation": .string(id), "messageId": .string(ids[1]), "title": "Copy"])
      #expect(fork["ok"]?["title"] == "Copy")
      let late = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      _ = try await late.command(1, "subscribe", ["conversation": .string(id)])
      let snapshot = try await late.wait("a snapshot") { $0["snapshot"] != nil }.compactMap { $0["snapshot"] }
      #expect(snapshot.first?["branch"] == 0 && snapshot.first?["branches"]?.array?.count == 1)
    }
  }

  @Test func `a fork is a conversation of its own, and the same key makes it once`() async throws {
    try await Self.run { site, agent, upstream in
      let (path, ids) = try await Self.talk(site, agent)
      let body: JSON = ["messageId": .string(ids[1]), "title": "Other"]
      let fork = try await site.post("\(path)/fork", body, fields: ["Idempotency-Key": "k"])
      #expect(fork.status == 201 && fork.json["title"] == "Other")
      #expect(fork.json["forkedFrom"]?["message"]?.string == ids[1])
      let again = try await site.post("\(path)/fork", body, fields: ["Idempotency-Key": "k"])
      #expect(again.json["id"] == fork.json["id"])
      let other = try await site.post("\(path)/fork", [:], fields: ["Idempotency-Key": "k"])
      #expect(other.status == 422 && other.code == "idempotency_key_reused")
      let id = fork.json["id"]?.string ?? ""
      #expect(Self.texts(try await site.get("/api/conversations/\(id)/messages")) == ["a", "a#1"])
      _ = try await site.invoke(agent, "c", ["conversationId": .string(id)])
      let body2 = try JSON.parse(#require(upstream.requests.last).body)
      #expect(body2["messages"]?.array?.compactMap { $0["content"]?.string } == ["a", "a#1", "c"])
      #expect(Self.texts(try await site.get("\(path)/messages")) == ["a", "a#1", "b", "b#2"])
      let events = try await site.get("/api/conversations/\(id)/events").json["items"]?.array ?? []
      #expect(events.first?["forkedFrom"]?["conversation"] != nil)
      let whole = try await site.send("POST", "\(path)/fork")
      #expect(whole.status == 201 && whole.json["title"] == "a")
    }
  }

  @Test func `what is wrong is named with what to do`() async throws {
    try await Self.run { site, agent, _ in
      let (path, ids) = try await Self.talk(site, agent)
      let empty = try await site.store.write { try $0.conversations.create().id.text }
      let tries: [(String, JSON, Int, String)] = [
        ("\(path)/regenerate", [:], 400, "missing_field"),
        ("\(path)/regenerate", ["messageId": "none"], 404, "message_not_found"),
        ("/api/conversations/none/regenerate", ["messageId": "x"], 404, "conversation_not_found"),
        ("\(path)/regenerate", ["messageId": .string(ids[1]), "agentId": "none"], 404, "agent_not_found"),
        ("\(path)/regenerate", ["messageId": .string(ids[1]), "onBusy": "enqueue"], 400, "invalid_field"),
        ("\(path)/regenerate", ["messageId": .string(ids[1]), "text": "x"], 400, "unknown_field"),
        ("\(path)/edit", ["messageId": .string(ids[0])], 400, "missing_field"),
        ("\(path)/edit", ["messageId": .string(ids[1]), "message": "x"], 409, "message_not_question"),
        ("\(path)/select", [:], 400, "missing_field"),
        ("\(path)/select", ["branch": 7], 404, "branch_not_found"),
        ("\(path)/select", ["branch": -1], 404, "branch_not_found"),
        ("\(path)/select", ["runId": "none"], 404, "run_not_found"),
        ("\(path)/select", ["branch": 0, "runId": "none"], 400, "missing_field"),
        ("/api/conversations/none/select", ["branch": 0], 404, "conversation_not_found"),
        ("\(path)/fork", ["messageId": "none"], 404, "message_not_found"),
        ("/api/conversations/none/fork", [:], 404, "conversation_not_found"),
        ("/api/conversations/\(empty)/fork", [:], 409, "conversation_empty"),
      ]
      for (place, body, status, code) in tries {
        let answer = try await site.post(place, body)
        #expect(answer.status == status && answer.code == code, "\(place) \(body.text): \(answer.text)")
        // Who named something that is not there at all knows what to mend.
        let saysWhatToDo = answer.json["hint"]?.string?.isEmpty == false
        #expect(saysWhatToDo || status == 404 && code != "branch_not_found", "\(answer.text)")
      }
      #expect(try await site.get("\(path)/messages?branch=9").code == "branch_not_found")
      #expect(try await site.get("\(path)/messages?branch=x").code == "invalid_query")
      #expect(try await site.get("/api/conversations/none/tree").code == "conversation_not_found")
    }
  }

  @Test func `while a run works, a branch is refused or stops it`() async throws {
    try await HubUnderTest.run { site in
      let gate = Gate()
      let upstream = try ScriptedUpstream { request in
        request.text.contains("slow") ? Script.gated("A", gate, "B") : Script.whole("ok")
      }
      let agent = try await site.makeAgent(asking: upstream)
      let (path, ids) = try await Self.talk(site, agent)
      let id = try await site.get(path).json["id"] ?? .null
      let slow = try await site.invoke(agent, "slow", ["conversationId": id, "background": true])
      let refused = try await site.post("\(path)/regenerate", ["messageId": .string(ids[1])])
      #expect(refused.status == 409 && refused.code == "conversation_busy")
      #expect(refused.json["hint"]?.string?.contains("interrupt") == true)
      let taken = try await site.post(
        "\(path)/edit", ["messageId": .string(ids[0]), "message": "A", "onBusy": "interrupt"])
      #expect(taken.status == 200, "\(taken.text)")
      let run = try await site.get("/api/runs/\(slow.json["id"]?.string ?? "")")
      #expect(run.json["status"] == "stopped")
      gate.open()
    }
  }

  @Test(arguments: ["json", "jsonl"])
  func `branches come back from an export, and reading it shows the path`(format: String) async throws {
    try await Self.run { site, agent, _ in
      let (path, ids) = try await Self.talk(site, agent)
      _ = try await site.post("\(path)/regenerate", ["messageId": .string(ids[1])])
      _ = try await site.post("\(path)/edit", ["messageId": .string(ids[2]), "message": "B"])
      _ = try await site.post("\(path)/select", ["branch": 1])
      let file = try await site.get("\(path)/export?format=\(format)").text
      let markdown = try await site.get("\(path)/export?format=markdown").text
      #expect(markdown.contains("a#3") && !markdown.contains("b#2") && !markdown.contains("B#4"))
      let report = try await site.send("POST", "/api/import", body: file)
      let copy = try #require(report.json["items"]?.array?.first?["id"]?.string, "\(report.text)")
      let place = "/api/conversations/\(copy)"
      for branch in ["selected", "all", "0", "1", "2"] {
        let (here, there) = (
          try await site.get("\(path)/messages?branch=\(branch)"),
          try await site.get("\(place)/messages?branch=\(branch)")
        )
        #expect(Self.texts(here) == Self.texts(there), "\(branch)")
      }
      // Its log tells the same, for those who see it again.
      let types = (try await site.get("\(place)/events").json["items"]?.array ?? []).compactMap {
        $0["type"]?.string
      }
      #expect(types.filter { $0 == "branch.created" }.count == 2 && types.last == "branch.selected")
      let again = try await site.post(
        "\(place)/regenerate",
        [
          "messageId": .string(
            try await site.get("\(place)/messages").json["items"]?.array?.last?["id"]?.string ?? "")
        ])
      #expect(again.json["response"]?.string?.hasPrefix("a#") == true, "\(again.text)")
    }
  }

  @Test func `the front door continues the path, and a deletion takes the branches along`() async throws {
    try await Self.run { site, agent, upstream in
      let (path, ids) = try await Self.talk(site, agent)
      _ = try await site.post("\(path)/regenerate", ["messageId": .string(ids[1])])
      let id = try await site.get(path).json["id"] ?? .null
      let answer = try await site.post(
        "/v1/chat/completions",
        [
          "model": .string(agent), "messages": [["role": "user", "content": "c"]],
          "metadata": ["conversation": id],
        ])
      #expect(answer.status == 200, "\(answer.text)")
      let asked = try JSON.parse(#require(upstream.requests.last).body)
      #expect(asked["messages"]?.array?.compactMap { $0["content"]?.string } == ["a", "a#3", "c"])
      let found = try await site.get("/api/search?q=%22b%232%22")
      #expect(found.status == 200)
      #expect(try await site.send("DELETE", path).status == 204)
      let left = try await site.store.read { try $0.branches.tree(of: Identifier(id.string ?? "")).branches }
      #expect(left.isEmpty)
    }
  }

  @Test func `another answer comes as a stream, or in the background`() async throws {
    try await Self.run { site, agent, _ in
      let (path, ids) = try await Self.talk(site, agent)
      let stream = try await site.post("\(path)/regenerate", ["messageId": .string(ids[1]), "stream": true])
      #expect(stream.text.contains("\"type\":\"branch.created\"") && stream.text.contains("a#3"))
      let begun = try await site.post(
        "\(path)/regenerate", ["messageId": .string(ids[1]), "background": true],
        fields: ["Idempotency-Key": "k"])
      #expect(begun.status == 202 && begun.json["branch"] == 2)
      let same = try await site.post(
        "\(path)/regenerate", ["messageId": .string(ids[1]), "background": true],
        fields: ["Idempotency-Key": "k"])
      #expect(same.json["id"] == begun.json["id"])
    }
  }
}
