import Basics
import Model
import Realtime
import Testing
import Tools

@testable import API

struct AsyncAPIDocumentTests {
  private static let document = AsyncAPIDocument.json(version: "1")

  @Test func `every command, event and close code of the tables is there`() throws {
    let messages = try #require(Self.document["components"]?["messages"]?.object)
    for command in CommandTable.descriptions {
      #expect(messages["command.\(command.name)"] != nil)
      #expect(Self.document["operations"]?[command.name]?["action"] == "receive")
    }
    for type in EventType.allCases { #expect(messages[type.rawValue] != nil, "\(type)") }
    #expect(Self.document["x-close-codes"]?.array?.count == CloseReason.allCases.count)
  }

  @Test func `every reference leads to a part of the document`() {
    let references = Self.document.references
    #expect(references.count > 100)
    for reference in Set(references) { #expect(Self.document.place(of: reference) != nil, "\(reference)") }
  }

  @Test func `examples fit their messages`() throws {
    let messages = try #require(Self.document["components"]?["messages"]?.object)
    for message in messages.members {
      var schema = try #require(message.value["payload"]?.object)
      schema["components"] = Self.document["components"]
      let example = try #require(message.value["examples"]?[0]?["payload"])
      #expect(JSONSchema.faults(in: example, against: .object(schema)) == [], "\(message.name)")
    }
  }

  @Test func `the document is served, and described among the others`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.get("/asyncapi.json")
      #expect(answer.json["asyncapi"] == "3.0.0" && answer.fields["etag"] != nil)
    }
  }
}
