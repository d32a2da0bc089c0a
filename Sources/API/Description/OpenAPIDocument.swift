import Basics
import Wire

/// The routes as an OpenAPI 3.1 document, made of their operations.
struct OpenAPIDocument {
  let title: String
  let version: String
  /// How errors look that no operation has words for.
  let errors: ListenerProfile.ErrorForm

  /// The document of some routes.
  func json(_ entries: [RouteEntry]) -> JSON {
    var paths = JSONObject()
    for entry in entries {
      var methods = paths[entry.pattern]?.object ?? [:]
      methods[entry.method.name.lowercased()] = operation(entry)
      paths[entry.pattern] = .object(methods)
    }
    let used = Set(entries.map(\.operation.tag))
    return [
      "openapi": "3.1.0",
      "info": ["title": .string(title), "version": .string(version), "description": .string(Self.preface)],
      "servers": [["url": "/", "description": "The hub that this document comes from."]],
      "tags": .array(
        Tag.allCases.filter(used.contains).map {
          ["name": .string($0.rawValue), "description": .string($0.summary)]
        }),
      "paths": .object(paths),
      "components": ["schemas": schemas(entries), "responses": refusals],
    ]
  }

  private static let preface =
    "Names in JSON are camelCase, but for the surfaces of replaced systems; times are RFC 3339 in UTC, money is US dollars. "
    + "A field or query parameter that is not known is refused, so that a slip of the pen is not silently ignored. "
    + "Errors are `{\"error\",\"code\",\"hint\"}`: programs read `code`, people `error` and `hint`."

  // MARK: Operations

  private func operation(_ entry: RouteEntry) -> JSON {
    let operation = entry.operation
    var object: JSONObject = [
      "operationId": .string(operation.id), "tags": [.string(operation.tag.rawValue)],
      "summary": .string(entry.summary),
    ]
    if !operation.purpose.isEmpty { object["description"] = .string(operation.purpose) }
    let parameters = Self.pathParameters(of: entry.pattern) + operation.parameters
    if !parameters.isEmpty { object["parameters"] = .array(parameters.map(\.json)) }
    if !operation.bodies.isEmpty {
      object["requestBody"] = [
        "required": .bool(!operation.isBodyOptional), "content": Self.contents(operation.bodies),
      ]
    }
    object["responses"] = .object(responses(operation))
    return .object(object)
  }

  private static func pathParameters(of pattern: String) -> [Parameter] {
    pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map {
      Parameter.path(String($0.dropFirst().dropLast()))
    }
  }

  private static func contents(_ contents: [Content]) -> JSON {
    .object(JSONObject(contents.map { .init(name: $0.type, value: $0.json) }))
  }

  // MARK: Answers

  private func responses(_ operation: Operation) -> JSONObject {
    var responses = JSONObject()
    for success in operation.successes { responses["\(success.status)"] = Self.response(success) }
    let codes = Dictionary(grouping: operation.allCodes) { ErrorTable.status(of: $0).code }
    for (status, codes) in codes.sorted(by: { $0.key < $1.key }) {
      responses["\(status)"] = fault(status, codes, operation)
    }
    if operation.isUpgrade {
      responses["426"] = Self.response(
        Success(426, "The request asks for no WebSocket.", .json(before(operation))))
    }
    for status in Self.refusals.keys.sorted() where responses["\(status)"] == nil {
      responses["\(status)"] = ["$ref": .string("#/components/responses/\(Self.name(ofRefusal: status))")]
    }
    return responses
  }

  private static func response(_ success: Success) -> JSON {
    var object: JSONObject = ["description": .string(success.summary)]
    if !success.fields.isEmpty {
      object["headers"] = .object(
        JSONObject(
          success.fields.map { field in
            .init(
              name: field.name,
              value: ["description": .string(field.summary), "schema": .object(Schema.text.json)])
          }))
    }
    if !success.contents.isEmpty { object["content"] = contents(success.contents) }
    return .object(object)
  }

  private func fault(_ status: Int, _ codes: [String], _ operation: Operation) -> JSON {
    let own = operation.faults.schema
    let isMixed = Self.refusals[status] != nil || operation.faults.isBesideHub
    let schema = isMixed && own != before(operation) ? Schema.either(own, before(operation)) : own
    let words = codes.map { "`\($0)`" }.joined(separator: ", ")
    return [
      "description": .string("Codes: \(words)."),
      "content": ["application/json": ["schema": .object(schema.json)]],
    ]
  }

  /// How the operation's refusals look that come before it: by the server, or at the gate.
  private func before(_ operation: Operation) -> Schema {
    if case .openAI = operation.faults { return operation.faults.schema }
    switch errors {
    case .hub: return FaultForm.error
    case .detail: return FaultForm.fieldService.schema
    case .both: return FaultForm.insightX.schema
    }
  }

  /// What every operation may answer.
  private static let refusals: [Int: String] = [
    400: "The request is none: its line, a field or its framing is malformed.",
    403: "A page of an origin that may not call: `origin_not_allowed`.",
    408: "The request took too long to come.",
    413: "The request's body is larger than this hub takes.",
    414: "The request's line is too long.",
    421: "The hub is not called by this name: `host_not_allowed`.",
    429: "The address sends too fast: `rate_limited`; `Retry-After` has the seconds.",
    431: "The request's head is too large.",
    500: "A fault of the hub's own; its log has more under the answer's `X-Request-Id`.",
    503: "The hub is leaving, is full, or cannot store: `draining`, `too_many_connections`, `store_closed`.",
    507: "The disk is full: `disk_full`.",
  ]

  private static func name(ofRefusal status: Int) -> String { "Refused\(status)" }

  private var refusals: JSON {
    let schema: Schema =
      switch errors {
      case .hub: FaultForm.error
      case .detail: FaultForm.fieldService.schema
      case .both: FaultForm.insightX.schema
      }
    // The front door's paths tell them in OpenAI's form, whichever the listener.
    let forms = Schema.either(schema, FaultForm.openAI.schema, FaultForm.error)
    return .object(
      JSONObject(
        Self.refusals.sorted { $0.key < $1.key }.map { status, summary in
          .init(
            name: Self.name(ofRefusal: status),
            value: [
              "description": .string(summary),
              "content": ["application/json": ["schema": .object(forms.json)]],
            ])
        }))
  }

  // MARK: Schemas

  private func schemas(_ entries: [RouteEntry]) -> JSON {
    var all: [String: Schema] = [:]
    func take(_ definitions: [String: Schema]) { all.merge(definitions) { known, _ in known } }
    for operation in entries.map(\.operation) {
      take(operation.faults.schema.definitions)
      take(before(operation).definitions)
      for content in operation.bodies + operation.successes.flatMap(\.contents) {
        take(content.schema.definitions)
      }
    }
    take(FaultForm.error.definitions)
    take(FaultForm.openAI.schema.definitions)
    return Schema.json(of: all)
  }
}

extension Schema {
  /// Named schemas as documents list them, sorted by name, each with its example.
  static func json(of definitions: [String: Schema]) -> JSON {
    .object(
      JSONObject(
        definitions.sorted { $0.key < $1.key }.map { name, schema in
          .init(name: name, value: .object(schema.keyword("examples", [schema.example]).json))
        }))
  }
}

extension Operation {
  /// Its codes, and those that come with what it takes.
  var allCodes: [String] {
    var all = codes
    if !queryNames.isEmpty || allowsOtherQuery { all.append("invalid_query") }
    if !bodyNames.isEmpty {
      switch faults {
      case .hub, .invocation: all += Self.bodyCodes
      case .detailed: all.append("validation_failed")
      case .openAI, .insightX, .customer, .fieldService, .context: break
      }
    }
    if parameters.contains(where: { $0.name == "Idempotency-Key" }) {
      all += ["invalid_idempotency_key", "idempotency_key_reused"]
    }
    if parameters.contains(where: { $0.name == "If-Match" }) {
      all += ["invalid_if_match", "version_conflict"]
    }
    return all.reduce(into: []) { unique, code in if !unique.contains(code) { unique.append(code) } }
  }

  /// The codes of bodies that the hub reads member by member.
  static let bodyCodes = ["invalid_json", "invalid_body", "missing_field", "invalid_field", "unknown_field"]
}
