import Basics
import Wire

/// One operation of a surface, as its documentation tells it.
struct APIOperation: Sendable {
  let method: HTTPMethod
  let path: String
  let summary: String
  /// The shape that bodies are checked against.
  let body: BodyShape
  /// The schema's name.
  let schema: String
  let example: JSON
  /// The media type of the answer.
  var answers = "text/event-stream"
}

/// Operations as an OpenAPI 3.1 document. Its schemas are made of the shapes that requests are checked against.
enum OpenAPIDocument {
  static func json(title: String, version: String, operations: [APIOperation]) -> JSON {
    var paths = JSONObject()
    var schemas: JSONObject = ["HTTPValidationError": validationError]
    for operation in operations {
      var methods = paths[operation.path]?.object ?? [:]
      methods[operation.method.name.lowercased()] = self.operation(operation)
      paths[operation.path] = .object(methods)
      schemas[operation.schema] = operation.body.schema
    }
    return [
      "openapi": "3.1.0", "info": ["title": .string(title), "version": .string(version)],
      "paths": .object(paths), "components": ["schemas": .object(schemas)],
    ]
  }

  private static func operation(_ operation: APIOperation) -> JSON {
    [
      "summary": .string(operation.summary),
      "requestBody": [
        "required": true,
        "content": [
          "application/json": ["schema": reference(operation.schema), "example": operation.example]
        ],
      ],
      "responses": [
        "200": [
          "description": "Successful Response", "content": .object([operation.answers: ["schema": [:]]]),
        ],
        "422": [
          "description": "Validation Error",
          "content": ["application/json": ["schema": reference("HTTPValidationError")]],
        ],
      ],
    ]
  }

  private static func reference(_ schema: String) -> JSON {
    ["$ref": .string("#/components/schemas/\(schema)")]
  }

  private static let validationError: JSON = [
    "type": "object",
    "properties": [
      "detail": [
        "type": "array",
        "items": [
          "type": "object", "required": ["loc", "msg", "type"],
          "properties": [
            "type": ["type": "string"], "loc": ["type": "array"], "msg": ["type": "string"], "input": [:],
          ],
        ],
      ]
    ],
  ]
}
