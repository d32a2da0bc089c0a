import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

struct SearchRoutesTests {
  @Test func `S003-38 a search tells the place to open, and what of it matches`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let answer = try await site.invoke(agent, "Where is the <b>lighthouse</b> of Alexandria?")
      _ = try await site.invoke(agent, "Something else")
      let found = try await site.get("/api/search?q=lighthouse%20alex*&role=user")
      #expect(found.status == 200)
      #expect(found.json["next"] == .null)
      #expect(found.json["complete"] == true)
      #expect(found.json["items"]?.array?.count == 1)
      let item = try #require(found.json["items"]?[0])
      #expect(item["conversation"] == answer.json["conversationId"])
      #expect(item["title"] == "Where is the <b>lighthouse</b> of Alexandria?")
      #expect(item["role"] == "user")
      #expect(item["type"] == "message")
      #expect(item["length"] == 45)
      #expect(item["matches"] == [["start": 16, "length": 10], ["start": 34, "length": 10]])
      let segments: JSON = [
        ["text": "Where is the <b>"], ["text": "lighthouse", "match": true], ["text": "</b> of "],
        ["text": "Alexandria", "match": true], ["text": "?"],
      ]
      #expect(item["excerpt"] == ["start": 0, "segments": segments])
      // The place opens: the page after the seq before it begins with the message.
      let seq = try #require(item["seq"]?.integer)
      let page = try await site.get(
        "/api/conversations/\(item["conversation"]?.string ?? "")/messages?after=\(seq - 1)&limit=1")
      #expect(page.json["items"]?[0]?["id"] == item["message"])
    }
  }

  @Test func `pages go on where the one before ended`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      for number in 1...5 { _ = try await site.invoke(agent, "walnut \(number)") }
      for sort in ["best", "newest"] {
        var seen: [String] = []
        var next: String? = ""
        while let cursor = next {
          let page = try await site.get(
            "/api/search?q=walnut&role=user&sort=\(sort)&limit=2"
              + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
          seen += page.json["items"]?.array?.compactMap { $0["title"]?.string } ?? []
          next = page.json["next"]?.string
        }
        #expect(seen == (1...5).reversed().map { "walnut \($0)" })
      }
      #expect(try await site.get("/api/search?q=walnut&since=2999-01-01").json["items"] == [])
      #expect(try await site.get("/api/search?q=walnut&until=2001-01-01T00:00:00Z").json["items"] == [])
      #expect(try await site.get("/api/search?q=walnut&role=user&agent=none").json["items"] == [])
      #expect(try await site.get("/api/search?q=walnut&conversation=none").json["items"] == [])
    }
  }

  @Test(arguments: [
    ("", "q must be what to look for: words, \"a phrase\", a beginning*."),
    ("q=%20", "q must be more than signs: it has no letter and no digit."),
    ("q=-", "q must be more than signs: it has no letter and no digit."),
    ("q=ab*", "q must be more exact: 3 letters or more before each *."),
    ("q=a&sort=best-first", "sort must be one of best, newest, not best-first."),
    ("q=a&type=action", "type must be one of message, thought, not action."),
    ("q=a&role=tool", "role must be one of user, agent, system, not tool."),
    (
      "q=a&since=yesterday",
      "since must be a moment like 2026-11-21T09:30:00Z or a day like 2026-11-21, not yesterday."
    ),
    ("q=a&limit=0", "limit must be a whole number from 1 to 500, not 0."),
    ("q=a&query=b", "There is no query parameter query."),
  ])
  func `what cannot be looked for is refused with its reason`(query: String, error: String) async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.get("/api/search?\(query)")
      #expect(answer.status == 400)
      #expect(answer.code == "invalid_query")
      #expect(answer.error == error)
    }
  }

  @Test func `no text and no cursor makes the hub fail`() async throws {
    try await HubUnderTest.run { site in
      _ = try await site.invoke(try await site.makeDemoAgent(), "a b NOT OR NEAR text")
      let hostile = [
        "%22", "%22%22a", "a%00b", "NOT", "AND%20AND", "NEAR(a%20b)", "text:a", "%7Btext%7D:a", "%5Ea",
        "(((a", "%27%3B--a",
        "%FF%FE", "%F0%9F%98%80", "a%0Ab", "a*b*%22c", "%E2%80%8Ba",
      ]
      for text in hostile {
        let answer = try await site.get("/api/search?q=\(text)")
        #expect(answer.status == 200 || answer.code == "invalid_query", "\(text): \(answer.text)")
      }
      let last = [
        "1.2.3", "x", "zzzzzzzzzzzzzzzz.1.0", "1.-1.0", "2.1.\(String(Double.nan.bitPattern, radix: 36))",
        "..", "2.1.0",
      ]
      for cursor in last {
        let answer = try await site.get("/api/search?q=a&cursor=\(cursor)")
        #expect(
          cursor == "2.1.0" ? answer.status == 200 : answer.code == "invalid_query",
          "\(cursor): \(answer.text)")
      }
      #expect(try await site.get("/api/search?q=\(String(repeating: "a", count: 2001))").status == 400)
      #expect(try await site.get("/api/search?q=\(String(repeating: "a", count: 2000))").json["items"] == [])
    }
  }
}
