import Basics
import Testing
import Tools
import Wire

@testable import API

struct OpenAPIDocumentTests {
  private static let document = OpenAPIDocument(title: "T", version: "1", errors: .hub).json(
    RouteTable.entries)

  @Test func `every route is described under a name of its own`() throws {
    let names = RouteTable.entries.map(\.operation.id)
    #expect(Set(names).count == names.count)
    for entry in RouteTable.entries {
      let operation = Self.document["paths"]?[entry.pattern]?[entry.method.name.lowercased()]
      #expect(operation?["operationId"] == .string(entry.operation.id))
      #expect(operation?["summary"] == .string(entry.summary))
    }
  }

  @Test func `as many operations are described as there are routes`() throws {
    let paths = try #require(Self.document["paths"]?.object)
    let described = paths.members.reduce(0) { $0 + ($1.value.object?.members.count ?? 0) }
    #expect(described == RouteTable.entries.count)
    // Goes up with every new route: a description that was lost shows here.
    #expect(described == 132)
  }

  @Test func `every reference leads to a part of the document`() {
    let references = Self.document.references
    #expect(references.count > 300)
    for reference in Set(references) {
      #expect(Self.document.place(of: reference) != nil, "\(reference)")
    }
  }

  @Test func `every name stands for one schema`() {
    var known: [String: Schema] = [:]
    for entry in RouteTable.entries {
      let operation = entry.operation
      let contents = operation.bodies + operation.successes.flatMap(\.contents)
      for (name, schema) in contents.flatMap({ Array($0.schema.definitions) }) {
        if let other = known[name] { #expect(other.json == schema.json, "\(name) is defined twice") }
        known[name] = schema
      }
    }
    #expect(known.count > 50)
  }

  @Test(arguments: RouteTable.entries.map(\.operation.id))
  func `examples fit their schemas`(id: String) throws {
    let operation = try #require(RouteTable.entries.first { $0.operation.id == id }?.operation)
    let contents = operation.bodies + operation.successes.flatMap(\.contents)
    for content in contents where content.type != "multipart/form-data" {
      #expect(Self.faults(in: content.example, content.schema) == [], "\(content.type)")
    }
    for parameter in operation.parameters where parameter.schema.example.string != nil {
      #expect(Self.faults(in: parameter.schema.example, parameter.schema) == [], "\(parameter.name)")
    }
  }

  @Test func `examples of named schemas fit them`() throws {
    let schemas = try #require(Self.document["components"]?["schemas"]?.object)
    for member in schemas.members {
      let example = try #require(member.value["examples"]?[0])
      if example.isNull { continue }  // a shape whose operations have examples
      #expect(Self.faults(in: example, member.value.object ?? [:]) == [], "\(member.name)")
    }
  }

  private static func faults(in value: JSON, _ schema: Schema) -> [String] { faults(in: value, schema.json) }

  private static func faults(in value: JSON, _ schema: JSONObject) -> [String] {
    var root = schema
    root["components"] = document["components"]
    return JSONSchema.faults(in: value, against: .object(root))
  }

  @Test func `every code that is told has a status`() {
    for operation in RouteTable.entries.map(\.operation) {
      for code in operation.allCodes where ErrorTable.status(of: code) == 500 {
        #expect(code == "internal", "\(operation.id)")
      }
    }
  }

  @Test func `bodies and queries are read by the names that are described`() {
    #expect(Operation.invoke.bodyNames.contains("conversationId"))
    #expect(Operation.listMessages.queryNames == ["limit", "after", "before", "branch"])
    #expect(Operation.createAgent.bodyNames == Operation.changeAgent.bodyNames)
  }

  @Test(
    arguments: [
      ("insightx", "/api/chat/stream", "AnalysisRequest"), ("customer", "/chat/stream", "ChatRequest"),
      ("fsia", "/internal/chat/stream", "ChatStreamRequest"),
    ])
  func `S004-03 the document lists the schemas that bodies are checked against`(
    name: String, path: String, schema: String
  ) throws {
    let profile = try #require(ProfileTable.profile(named: name))
    let document = OpenAPIDocument(title: "T", version: "1", errors: profile.errors).json(
      APIDocuments.entries(of: profile))
    let body = document["paths"]?[path]?["post"]?["requestBody"]?["content"]?["application/json"]
    #expect(body?["schema"]?["$ref"] == .string(Schema.place + schema))
    let known = try #require(document["components"]?["schemas"]?[schema]?["properties"]?.object)
    let shapes = ["ChatRequest": CustomerRequest.shape, "ChatStreamRequest": FieldServiceRequest.shape]
    if let shape = shapes[schema] {
      #expect(known == shape.schema["properties"]?.object)
      // An example that is refused would teach nonsense.
      let example = try #require(body?["example"])
      #expect(throws: Never.self) { try shape.read(example.bytes) }
    }
    for reference in document.references { #expect(document.place(of: reference) != nil) }
  }

  /// What their examples need is not in a hub that has just begun.
  private static let needy: Set<String> = [
    "embedTexts", "embed", "uploadDataset", "addChatMessage", "executePython",
    "importConversations", "describeDataset", "analyse", "analyseUnderAPI", "analyseToDone", "chat",
    "streamChat",
    "streamFieldService", "streamFieldServicePages", "openSocket", "openEcho", "listDocuments",
  ]

  @Test func `example requests are answered`() async throws {
    try await HubUnderTest.run { site in
      for entry in RouteTable.entries where !entry.pattern.contains("{") {
        let operation = entry.operation
        guard !Self.needy.contains(operation.id) else { continue }
        let required = operation.parameters.filter { $0.place == .query && $0.isRequired }
        let query = required.map { "\($0.name)=\(PercentEncoding.segment($0.schema.example.string ?? ""))" }
        let body = operation.bodies.first { $0.type == "application/json" }?.example.text ?? ""
        let path = entry.pattern + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let answer = try await site.send(entry.method.name, path, body: body)
        #expect(
          operation.successes.map(\.status).contains(Int(answer.status)), "\(operation.id): \(answer.text)")
      }
    }
  }

  @Test func `the document is kept, tagged and compressed`() async throws {
    try await HubUnderTest.run { site in
      let plain = try await site.get("/openapi.json")
      let tag = try #require(plain.fields["etag"])
      #expect(plain.json["openapi"] == "3.1.0")
      let known = try await site.send("GET", "/openapi.json", fields: ["If-None-Match": tag])
      #expect(known.status == 304)
      let packed = try await site.send("GET", "/openapi.json", fields: ["Accept-Encoding": "gzip"])
      #expect(packed.fields["content-encoding"] == "gzip" && packed.fields["etag"] != tag)
    }
  }
}

extension JSON {
  /// All references in it.
  var references: [String] {
    switch self {
    case .array(let elements): elements.flatMap(\.references)
    case .object(let object):
      object.members.flatMap { member in
        member.name == "$ref" ? [member.value.string ?? ""] : member.value.references
      }
    default: []
    }
  }

  /// What a reference leads to.
  func place(of reference: String) -> JSON? {
    guard reference.hasPrefix("#/") else { return nil }
    return reference.dropFirst(2).split(separator: "/").reduce(self as JSON?) { $0?[String($1)] }
  }
}
