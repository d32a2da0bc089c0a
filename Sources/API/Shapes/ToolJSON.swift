import Basics
import HTTPTools
import Model
import Tools

// Tools as the REST surface shows them. Values of header fields are masked, but for those that say nothing about who asks.

extension RegisteredTool {
  var json: JSON {
    [
      "name": .string(name), "description": .optional(description), "builtIn": false,
      "method": .string(method.rawValue), "url": .string(url), "headers": maskedHeaders,
      "parameters": parameters, "timeout": .number(Double(timeout) / 1000),
      "maxResultBytes": .integer(Int64(maximumResult)), "approval": .string(approval.rawValue),
      "createdAt": .string(createdAt.iso8601), "updatedAt": .string(updatedAt.iso8601),
    ]
  }

  private var maskedHeaders: JSON { headers.map(\.masked).json }
}

extension RegisteredTool.Header {
  /// The field as it is shown.
  var masked: Self { isSecret ? Self(name: name, value: SecretMask.shown(value)) : self }

  /// Whether a value is one that was shown instead of a secret.
  var isMask: Bool { isSecret && value.hasPrefix(SecretMask.shown("")) }
}

extension Tool {
  /// A tool of the hub's own.
  var json: JSON {
    [
      "name": .string(name), "description": .optional(definition.description), "builtIn": true,
      "parameters": definition.parameters,
      "timeout": .number(Double(terms.timeLimit / .milliseconds(1)) / 1000),
      "maxResultBytes": .integer(Int64(terms.maximumResult)), "approval": .string(terms.approval.rawValue),
    ]
  }
}
