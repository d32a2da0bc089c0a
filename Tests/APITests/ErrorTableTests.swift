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
}
