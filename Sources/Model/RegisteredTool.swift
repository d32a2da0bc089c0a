package import Basics

/// Whether somebody must agree before a tool is called.
package enum ToolApproval: String, Sendable, CaseIterable {
  case never, always
}

/// A tool of an agent, as its `config.tools` names it.
package struct ToolGrant: Equatable, Sendable {
  package var name: String
  /// Asks for more than the tool itself does, never for less.
  package var approval: ToolApproval
  /// What the tool is told for this agent, in the tool's own words.
  package var settings: JSONObject

  /// The members that mean something.
  package static let names = ["name", "approval", "settings"]

  package init(name: String, approval: ToolApproval = .never, settings: JSONObject = [:]) {
    self.name = name
    self.approval = approval
    self.settings = settings
  }
}

/// A tool that an operator registered: a request to a server, with places that a model fills.
package struct RegisteredTool: Equatable, Sendable {
  /// How the server is asked.
  package enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether arguments travel in a body rather than in the URL.
    package var hasBody: Bool { self == .post || self == .put || self == .patch }
  }

  /// Letters, digits, `_` and `-`, at most 64; never changes.
  package var name: String
  package var description: String?
  package var method: Method
  /// With `{argument}` in its path or query.
  package var url: String
  /// Header fields. Most values are secrets.
  package var headers: [Header]
  /// A JSON Schema of the arguments, an object.
  package var parameters: JSON
  /// Milliseconds a call may take.
  package var timeout: Int
  /// UTF-8 bytes of an answer that the model gets at most.
  package var maximumResult: Int
  package var approval: ToolApproval
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  /// A field of the request's head.
  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Milliseconds of a call when nothing else is said.
  package static let standardTimeout = 30_000
  /// Milliseconds that a call may be given.
  package static let timeouts = 100...600_000
  /// Bytes of a result when nothing else is said.
  package static let standardResult = 32_768
  /// Bytes that a result may be given.
  package static let results = 256...262_144

  package init(
    name: String, description: String? = nil, method: Method = .get, url: String, headers: [Header] = [],
    parameters: JSON, timeout: Int = standardTimeout, maximumResult: Int = standardResult,
    approval: ToolApproval = .never, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.name = name
    self.description = description
    self.method = method
    self.url = url
    self.headers = headers
    self.parameters = parameters
    self.timeout = timeout
    self.maximumResult = maximumResult
    self.approval = approval
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// Differs as soon as a call would do something else, so that what was approved is what happens.
  package var fingerprint: String {
    let fields = headers.flatMap { [JSON.string($0.name), JSON.string($0.value)] }
    let words: JSON = [.string(method.rawValue), .string(url), .array(fields), parameters]
    return Hexadecimal.text(SHA256.digest(words.bytes))
  }
}

extension [RegisteredTool.Header] {
  /// The fields as an object, as they are stored and sent in.
  package var json: JSON {
    .object(reduce(into: JSONObject()) { object, header in object[header.name] = .string(header.value) })
  }

  /// Reads what `json` wrote; members that are no texts are left out.
  package init(json: JSON) {
    self = (json.object?.members ?? []).compactMap { member in
      member.value.string.map { RegisteredTool.Header(name: member.name, value: $0) }
    }
  }
}
