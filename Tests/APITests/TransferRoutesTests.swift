import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

struct TransferRoutesTests {
  private func lines(_ answer: Answer) -> [JSON] {
    answer.text.split(separator: "\n").map { (try? JSON.parse(Array($0.utf8))) ?? .null }
  }

  /// Messages as they were exported, but for what the hub numbers anew.
  private func messages(_ answer: Answer) -> [JSON] {
    lines(answer).compactMap { $0["message"]?.object }.map { object in
      var object = object
      object["seq"] = nil
      return .object(object)
    }
  }

  /// A conversation with every kind of message.
  private func talk(_ site: HubUnderTest) async throws -> String {
    let agent = try await site.makeDemoAgent()
    let id = try await site.invoke(agent, "Hello <b>\"world\"</b>\n😀").json["conversationId"]?.string ?? ""
    _ = try await site.invoke(agent, "Again", ["conversationId": .string(id)])
    try await site.store.write { store in
      let conversation = Identifier<Conversation>(id)
      for (type, step) in [(Message.Kind.thought, nil), (.action, "s.1"), (.action, nil)] {
        let event = try store.append(
          Event(
            conversation: conversation, at: store.now,
            body: .messageCreated(MessageCreated(role: .agent, text: "x"))))
        try store.messages.insert(
          Message(
            id: store.newIdentifier(), conversation: conversation, seq: event.seq, role: .agent, type: type,
            text: "\(type.rawValue)\nof two lines", parts: [["type": "text", "text": "x"]], step: step,
            createdAt: store.now))
      }
    }
    return id
  }

  @Test func `S002-39 S003-39 a conversation is downloaded as JSON, lines or Markdown`() async throws {
    try await HubUnderTest.run { site in
      let id = try await talk(site)
      let all = try await site.get("/api/conversations/\(id)/messages").json["items"]?.array ?? []
      #expect(all.count == 7)
      let json = try await site.get("/api/conversations/\(id)/export?format=json")
      #expect(json.fields["content-type"] == "application/json; charset=utf-8")
      #expect(json.fields["content-disposition"] == "attachment; filename=\"Hello-b-world-b.json\"")
      #expect(json.json["messages"]?.array == all)
      #expect(json.json["conversation"] == (try await site.get("/api/conversations/\(id)").json))
      #expect(json.json["export"] == ["format": "agenthub", "version": 1])
      let jsonl = try await site.get("/api/conversations/\(id)/export?format=jsonl")
      #expect(lines(jsonl).compactMap { $0["message"] } == all)
      #expect(lines(jsonl).last == ["done": ["conversations": 1, "messages": 7]])
      let markdown = try await site.get("/api/conversations/\(id)/export?format=markdown")
      #expect(markdown.fields["content-type"] == "text/markdown; charset=utf-8")
      #expect(markdown.text.hasPrefix("# Hello <b>\"world\"</b> 😀\n"))
      #expect(markdown.text.contains("> thought\n> of two lines\n"))
      #expect(!markdown.text.contains("action"))
      #expect(markdown.text.contains(" · 20"))
      #expect(try await site.get("/api/conversations/\(id)/export?format=pdf").code == "invalid_query")
      #expect(try await site.get("/api/conversations/none/export").code == "conversation_not_found")
      #expect(try await site.get("/api/export?format=json").code == "invalid_query")
    }
  }

  @Test(arguments: ["json", "jsonl"])
  func `what goes out comes back the same, and a second time as a copy`(format: String) async throws {
    try await HubUnderTest.run { site in
      let id = try await talk(site)
      let path = "/api/conversations/\(id)/export"
      let (file, before) = (
        try await site.get("\(path)?format=\(format)").text, try await site.get("\(path)?format=jsonl")
      )
      // Beside the first one everything gets new ids, and what refers to them follows.
      let copy = try await site.send("POST", "/api/import", body: file)
      #expect(copy.status == 200)
      #expect(copy.json["conversations"] == 1)
      #expect(copy.json["complete"] == true)
      let item = try #require(copy.json["items"]?[0])
      #expect(item["from"]?.string == id)
      #expect(item["newIds"] == 7)
      let other = try #require(item["id"]?.string)
      #expect(other != id)
      let copied = messages(try await site.get("/api/conversations/\(other)/export?format=jsonl"))
      let original = messages(before)
      for name in ["text", "role", "type", "parts", "step", "createdAt", "agent"] {
        #expect(copied.map { $0[name] } == original.map { $0[name] }, "\(name)")
      }
      func places(_ messages: [JSON], _ name: String) -> [Int?] {
        messages.map { message in messages.firstIndex { $0["id"] == message[name] } }
      }
      #expect(places(copied, "parent") == places(original, "parent"))
      let runs = Set(original.compactMap { $0["run"]?.string })
      #expect(!copied.compactMap { $0["run"]?.string }.contains { runs.contains($0) })
      #expect(try await site.get("/api/search?q=again&role=user").json["items"]?.array?.count == 2)
      // In a hub that has none of it all ids stay, and so does every byte but the seqs and the unknown agent.
      try await HubUnderTest.run { site in
        let report = try await site.send("POST", "/api/import", body: file)
        #expect(report.json["items"]?[0]?["id"]?.string == id)
        #expect(report.json["items"]?[0]?["newIds"] == 0)
        #expect(report.json["items"]?[0]?["withoutAgent"]?.integer ?? 0 > 0)
        let after = try await site.get("\(path)?format=jsonl")
        for name in ["id", "parent", "run", "text", "role", "type", "parts", "step", "createdAt"] {
          #expect(messages(after).map { $0[name] } == original.map { $0[name] }, "\(name)")
        }
        for name in ["id", "title", "createdAt", "updatedAt"] {
          #expect(lines(after)[1]["conversation"]?[name] == lines(before)[1]["conversation"]?[name])
        }
        // The log tells all of it, in order.
        let events = try await site.get("/api/conversations/\(id)/events").json["items"]?.array ?? []
        #expect(events.map { $0["seq"]?.integer } == (1...8).map { $0 })
        #expect(events.dropFirst().map { $0["text"] } == original.map { $0["text"] })
      }
    }
  }

  @Test func `all conversations go out and come in together, and those that are not whole are told`()
    async throws
  {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      for number in 1...5 { _ = try await site.invoke(agent, "number \(number)") }
      let file = try await site.get("/api/export?format=jsonl")
      #expect(file.fields["content-disposition"] == "attachment; filename=\"agenthub.jsonl\"")
      #expect(lines(file).last == ["done": ["conversations": 5, "messages": 10]])
      var cut = file.text.split(separator: "\n").map(String.init)
      cut.remove(at: cut.firstIndex { $0.contains("number 2") && $0.hasPrefix("{\"message") } ?? 0)
      cut.removeLast()
      try await HubUnderTest.run { site in
        let report = try await site.send("POST", "/api/import", body: cut.joined(separator: "\n"))
        #expect(report.json["conversations"] == 4)
        #expect(report.json["messages"] == 8)
        #expect(report.json["refused"] == 1)
        #expect(report.json["refusals"]?[0]?["code"] == "import_cut")
        #expect(report.json["complete"] == false)
        let list = try await site.get("/api/conversations").json["items"]?.array ?? []
        #expect(
          Set(list.compactMap { $0["title"]?.string }) == ["number 1", "number 3", "number 4", "number 5"])
      }
    }
  }

  @Test(arguments: ["", "x", "[]", "{}", "{\"conversation\":{}}", "{\n\"a\":1}", "\u{0}"])
  func `what is no export brings in nothing`(body: String) async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.send("POST", "/api/import", body: body)
      #expect(answer.status == 400 || answer.json["conversations"] == 0, "\(answer.text)")
      #expect(answer.status != 500)
      #expect(try await site.get("/api/conversations").json["items"] == [])
    }
  }
}
