import Basics

/// What a server's error body says, from any of the shapes in use.
struct ErrorBody: Equatable {
  var message: String
  var type: String?
  var code: String?
  /// OpenRouter's word for which limit was hit.
  var limitSource: String?
  /// Whether the error carries moderation details.
  var isModeration = false
  /// What Google tells beside it.
  var google = GoogleErrorDetails()
  /// The status that the model behind AWS answered with.
  var originalStatus: Int?

  /// Reads a whole body; what is not JSON becomes the message itself.
  init(bytes: [UInt8]) {
    self.init(json: (try? JSON.parse(bytes)) ?? .null)
    if message.isEmpty { message = Self.plain(bytes) }
  }

  /// Reads a JSON body, or a chunk of a stream that holds an error.
  init(json: JSON) {
    // Gemini wraps its errors in an array of one.
    let json = json[0] ?? json
    let error = json["error"]?.unlessNull
    message = Self.message(json, error) ?? ""
    type =
      error?["type"]?.string ?? json["type"]?.string ?? json["__type"]?.string
      ?? error?["status"]?.string
    google = GoogleErrorDetails(error?["details"])
    code = Self.text(error?["code"]) ?? Self.text(json["code"]) ?? Self.text(json["status"])
    // Bytez has no code for it, and it is not the key's rate that is exhausted but its number of calls at a time.
    if code == nil, message.lowercased().contains("concurren") { code = "concurrency_limit" }
    limitSource = error?["metadata"]?["limit_source"]?.string
    originalStatus = json["originalStatusCode"]?.integer.flatMap { (400...599).contains($0) ? Int($0) : nil }
    isModeration = error?["metadata"]?["flagged_input"] != nil || error?["metadata"]?["reasons"] != nil
    if let inner = error?["innererror"]?["code"]?.string, inner == "ResponsibleAIPolicyViolation" {
      code = inner
    }
  }

  private static func message(_ json: JSON, _ error: JSON?) -> String? {
    let detail = json["detail"]
    let candidates: [String?] = [
      error?["message"]?.string, error?["message"]?["detail"]?.string, error?.string, json["message"]?.string,
      json["message"]?["detail"]?.string, json["Message"]?.string, json["originalMessage"]?.string,
      detail?.string, detail?[0]?["msg"]?.string,
    ]
    return candidates.lazy.compactMap(\.self).first { !$0.isEmpty }
  }

  private static func text(_ json: JSON?) -> String? { json?.string ?? json?.integer.map { "\($0)" } }

  /// The first 300 characters without control characters; of an HTML page only its title.
  private static func plain(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let isHTML = text.utf8.first { $0 > 0x20 } == UInt8(ascii: "<")
    let shown = isHTML ? title(of: text) ?? "an HTML page" : text
    let words = shown.split { character in
      character.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
    }
    return String(words.joined(separator: " ").prefix(300))
  }

  private static func title(of html: String) -> String? {
    let tags = html.split(separator: "<", omittingEmptySubsequences: false)
    guard let title = tags.first(where: { $0.lowercased().hasPrefix("title>") }) else { return nil }
    return String(title.dropFirst("title>".count))
  }
}

/// The `details` of Google's errors: an array of typed objects.
struct GoogleErrorDetails: Equatable {
  /// The word of `ErrorInfo`, `API_KEY_INVALID` for example.
  private(set) var reason: String?
  /// Whether a limit by the day was hit.
  private(set) var isDaily = false
  /// The time-out of `RetryInfo`, `34s` for example.
  private(set) var retryDelay: String?

  init() {}

  init(_ json: JSON?) {
    for detail in json?.array ?? [] {
      let type = detail["@type"]?.string ?? ""
      if type.hasSuffix("ErrorInfo") { reason = detail["reason"]?.string }
      if type.hasSuffix("RetryInfo") { retryDelay = detail["retryDelay"]?.string }
      for violation in detail["violations"]?.array ?? [] {
        if violation["quotaId"]?.string?.contains("PerDay") == true { isDaily = true }
      }
    }
  }
}
