import Basics
import Model
import Pipelines
import Providers
import Storage
import Testing
import Wire

@testable import API

struct ErrorTableTests {
  @Test(
    arguments: [
      (RunError.agentNotFound(Identifier("a")), 404), (RunError.agentPaused("a"), 409),
      (RunError.runNotFound(Identifier("r")), 404), (RunError.conversationBusy, 409),
      (RunError.keyReused, 422),
      (RunError.draining, 503), (StoreError.notFound(noun: "agent", id: "a"), 404),
      (StoreError.versionConflict(id: "a", expected: 1, actual: 2), 412),
      (StoreError.alreadyExists(noun: "agent", id: "a"), 409), (StoreError.closed, 503),
      (StoreError.unreadable(noun: "run", detail: ""), 500),
      (APIError("no_such_code", ""), 500),
    ] as [(any CodedError, Int)])
  func `an error has the status of its code`(error: any CodedError, status: Int) {
    #expect(ErrorTable.status(of: error).code == status)
  }

  @Test func `a foreign error says nothing of itself`() {
    struct Foreign: Error { let key = "sk-secret" }
    let answer = ErrorAnswer(Foreign())
    #expect(answer.status.code == 500)
    #expect(!answer.json.text.contains("secret"))
    #expect(answer.json["code"] == "internal")
  }

  @Test func `a promised text keeps the reason beside it`() {
    let answer = ErrorAnswer(StoreError.closed, as: "Failed to fetch agents")
    #expect(answer.json["error"] == "Failed to fetch agents")
    #expect(answer.json["details"] == "The store is closed.")
    #expect(answer.json["code"] == "store_closed")
  }

  @Test func `a secret comes back masked and goes in whole`() throws {
    let stored: JSONObject = ["apiKey": "sk-abcdefgh12345678", "topP": 1]
    let shown = SecretFields.masked(stored)
    #expect(shown["apiKey"] == "***5678")
    #expect(try SecretFields.unmasked(shown, stored: stored) == stored)
    let fresh: JSONObject = ["apiKey": "sk-another-key-00001"]
    #expect(try SecretFields.unmasked(fresh, stored: stored) == fresh)
    #expect(throws: APIError.self) { try SecretFields.unmasked(["apiKey": "***0000"], stored: stored) }
    #expect(throws: APIError.self) { try SecretFields.unmasked(shown, stored: nil) }
  }

  private static let nested: JSONObject = [
    "headers": ["X-Api-Key": "abcdefgh12345678", "Authorization": "Bearer abc", "Accept": "x/y"],
    "servers": [["access_token": "short", "url": "http://u:p@h/x"], ["DB_PASSWORD": "p", "count": 3]],
    "client-secret": ["a-first-secret-0001", 5, nil], "maxTokens": 9, "passwd": "",
    "systemPrompt": "See https://token@h/, ftp://a:b@c and me@x or http://h/@y",
  ]
  private static let nestedShown: JSONObject = [
    "headers": ["X-Api-Key": "***5678", "Authorization": "***", "Accept": "x/y"],
    "servers": [["access_token": "***", "url": "http://u:***@h/x"], ["DB_PASSWORD": "***", "count": 3]],
    "client-secret": ["***0001", 5, nil], "maxTokens": 9, "passwd": "",
    "systemPrompt": "See https://***@h/, ftp://a:***@c and me@x or http://h/@y",
  ]

  @Test func `secrets at any depth are masked and come back`() throws {
    #expect(SecretFields.masked(Self.nested) == Self.nestedShown)
    #expect(try SecretFields.unmasked(Self.nestedShown, stored: Self.nested) == Self.nested)
    #expect(try SecretFields.unmasked(Self.nested, stored: nil) == Self.nested)
  }

  @Test(
    arguments: [
      (["url": "http://u:***@other"], "config.url is masked."),
      (["servers": [["access_token": "***"]]], "config.servers[0].access_token is masked."),
    ] as [(JSONObject, String)])
  func `a mask of something else is refused where it stands`(config: JSONObject, message: String) {
    #expect { try SecretFields.unmasked(config, stored: ["url": "http://u:p@h"]) } throws: {
      ($0 as? APIError)?.message == message
    }
  }
}
