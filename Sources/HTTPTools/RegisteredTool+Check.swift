import Basics
package import Model
package import Tools

extension RegisteredTool {
  private static let longestDescription = 4000
  private static let longestURL = 4000
  private static let largestSchema = 32_768
  private static let mostHeaders = 32

  /// Fields that frame a request, or that curl sets itself.
  private static let takenHeaders: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade",
    "proxy-authorization",
  ]

  /// Refuses a tool that no call could use.
  ///
  /// - Throws: `invalid_tool` or `invalid_schema`, naming what is wrong.
  package func check() throws(ToolError) {
    guard ToolDefinition.isName(name) else {
      throw Self.fault("name must be letters, digits, _ and -, at most 64.")
    }
    guard (description?.utf8.count ?? 0) <= Self.longestDescription else {
      throw Self.fault("description must have at most \(Self.longestDescription) bytes.")
    }
    guard url.utf8.count <= Self.longestURL else {
      throw Self.fault("url must have at most \(Self.longestURL) bytes.")
    }
    guard Self.timeouts.contains(timeout) else {
      let bounds = Self.timeouts
      throw Self.fault(
        "timeout must be \(Double(bounds.lowerBound) / 1000) to \(bounds.upperBound / 1000) seconds.")
    }
    guard Self.results.contains(maximumResult) else {
      throw Self.fault(
        "maxResultBytes must be \(Self.results.lowerBound) to \(Self.results.upperBound).")
    }
    try checkHeaders()
    try checkParameters()
  }

  /// Whether another URL asks the same server, so that secrets may go along.
  package func isSameServer(as other: RegisteredTool) -> Bool {
    guard let mine = try? URLTemplate(url), let theirs = try? URLTemplate(other.url) else { return false }
    return mine.hasSameOrigin(as: theirs)
  }

  private func checkHeaders() throws(ToolError) {
    guard headers.count <= Self.mostHeaders else {
      throw Self.fault("headers must be at most \(Self.mostHeaders).")
    }
    for header in headers {
      guard Self.isToken(header.name), !Self.takenHeaders.contains(header.name.lowercased()) else {
        throw Self.fault("headers.\(header.name) cannot be set.")
      }
      guard header.value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw Self.fault("headers.\(header.name) must be visible ASCII characters and blanks.")
      }
    }
  }

  private func checkParameters() throws(ToolError) {
    guard parameters["type"] == "object" else {
      throw Self.fault(
        "parameters must be a JSON Schema with type object.",
        hint: "Without arguments: {\"type\":\"object\",\"properties\":{}}.")
    }
    guard parameters.bytes.count <= Self.largestSchema else {
      throw Self.fault("parameters must have at most \(Self.largestSchema) bytes.")
    }
    _ = try JSONSchema(parameters)
    let template = try URLTemplate(url)
    if let name = template.fixedNames.first(where: Self.isKey) {
      throw Self.fault(
        "url has the value of \(name), which everybody who reads the tool could see.",
        hint: "Send it in headers, where it is masked.")
    }
    let known = Set(parameters["properties"]?.object?.names ?? [])
    if let unknown = template.places.subtracting(known).min() {
      throw Self.fault("url has a place {\(unknown)}, which parameters.properties does not know.")
    }
    let required = Set((parameters["required"]?.array ?? []).compactMap(\.string))
    if let missing = template.pathPlaces.subtracting(required).min() {
      throw Self.fault("url has {\(missing)} in its path, so parameters.required must name it.")
    }
  }

  /// Whether a name is one that servers give to their keys.
  private static func isKey(_ name: String) -> Bool {
    let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
    return keyNames.contains(plain) || keyEndings.contains { plain.hasSuffix($0) }
  }

  private static let keyNames: Set<String> = ["key", "auth", "appid", "sig", "pwd"]
  private static let keyEndings = [
    "apikey", "accesskey", "secretkey", "subscriptionkey", "token", "secret", "password", "passwd",
    "signature", "authorization",
  ]

  /// RFC 9110 §5.6.2.
  private static func isToken(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  private static func fault(_ message: String, hint: String? = nil) -> ToolError {
    ToolError("invalid_tool", message, hint: hint)
  }
}
