import Basics
import Fetch
import Model
import Tools

/// A registered tool: one request to one server a call. No redirect is followed, since it could take the tool's secrets elsewhere.
struct HTTPTool: Tool {
  private let registered: RegisteredTool
  private let fetcher: Fetcher
  private let allowsPrivateAddresses: Bool

  init(_ registered: RegisteredTool, fetcher: Fetcher, allowsPrivateAddresses: Bool) {
    self.registered = registered
    self.fetcher = fetcher
    self.allowsPrivateAddresses = allowsPrivateAddresses
  }

  var definition: ToolDefinition {
    ToolDefinition(
      name: registered.name, description: registered.description, parameters: registered.parameters)
  }

  var terms: ToolTerms {
    ToolTerms(
      approval: registered.approval, timeLimit: limit, maximumResult: registered.maximumResult,
      fingerprint: registered.fingerprint)
  }

  private var limit: Duration { .milliseconds(registered.timeout) }

  func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let request = try request(arguments)
    do throws(FetchError) {
      let transfer = fetcher.start(request)
      let head = try await transfer.head()
      let body = try await ToolResponseBody(of: transfer, head, limit: registered.maximumResult)
      return ToolResponse(head: head, body: body, secrets: secrets).answer
    } catch {
      throw words(for: error)
    }
  }

  private func request(_ arguments: JSONObject) throws(ToolError) -> FetchRequest {
    let template = try URLTemplate(registered.url)
    var rest = arguments
    for name in template.places { rest[name] = nil }
    let hasBody = registered.method.hasBody
    let url = try template.url(filledWith: arguments, more: hasBody ? [:] : rest)
    var request = FetchRequest(
      method: FetchRequest.Method(rawValue: registered.method.rawValue) ?? .get, url: url, fields: fields,
      body: hasBody ? JSON.object(rest).bytes : [],
      timeouts: FetchTimeouts(connect: min(limit, .seconds(10)), firstByte: limit, idle: limit, total: limit),
      allowsPlainHTTP: true)
    request.allowsPrivateAddresses = allowsPrivateAddresses
    return request
  }

  /// The tool's own fields, and what a server expects beside them.
  private var fields: [(name: String, value: String)] {
    let own = registered.headers.map { (name: $0.name, value: $0.value) }
    let names = Set(own.map { $0.name.lowercased() })
    var fields = own
    if !names.contains("accept") { fields.append(("Accept", "application/json, text/*;q=0.9, */*;q=0.1")) }
    if registered.method.hasBody, !names.contains("content-type") {
      fields.append(("Content-Type", "application/json"))
    }
    return fields
  }

  /// What must not come back in an answer: whole values, and the words of those like `Bearer …`.
  private var secrets: [String] {
    registered.headers.filter(\.isSecret).flatMap { header in
      [header.value] + header.value.split(separator: " ").map(String.init)
    }
    .filter { $0.utf8.count >= 8 }
  }

  /// A failure in the words of tools: settings of providers do not help here.
  private func words(for error: FetchError) -> ToolError {
    switch error.kind {
    case .timeoutConnect, .timeoutFirstByte, .timeoutIdle, .timeoutTotal:
      .timeout(registered.name, after: limit)
    case .blockedAddress:
      ToolError(
        "tool_blocked_address", error.message,
        hint: allowsPrivateAddresses
          ? "Link-local, multicast and metadata addresses are never called."
          : "Addresses of this machine and of private networks need AGENTHUB_PRIVATE_TOOLS=on.")
    default: ToolError("tool_\(error.code)", error.message, hint: error.hint)
    }
  }
}

extension RegisteredTool.Header {
  /// Whether nobody may read the value back: all but those that say nothing about who asks.
  package var isSecret: Bool {
    let harmless: Set<String> = [
      "accept", "accept-language", "accept-encoding", "content-type", "user-agent", "cache-control",
    ]
    return !harmless.contains(name.lowercased())
  }
}
