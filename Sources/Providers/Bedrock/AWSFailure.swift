/// What AWS calls its failures, and which class each is.
enum AWSFailure {
  /// The bare name, of `com.amazon.coral.service#ThrottlingException:http://internal.amazon.com/…` too.
  static func name(_ type: String) -> String {
    let name = type.prefix { $0 != ":" }
    return String(name.split(separator: "#").last ?? name)
  }

  /// The class of a failure; nil when the name is not one of AWS's.
  ///
  /// - Parameter text: what else was said, in lower case.
  static func kind(_ type: String, text: String) -> ProviderError.Kind? {
    var name = self.name(type).lowercased()[...]
    if name.hasSuffix("exception") { name = name.dropLast("exception".count) }
    func says(_ texts: String...) -> Bool { texts.contains { text.contains($0) } }
    switch name {
    case "validation": return kindOfValidation(says)
    case "accessdenied":
      return says("access to the model", "not authorized to perform") ? .permission : .authentication
    case "throttling", "throttled", "requestthrottled", "toomanyrequests":
      return says("per day", "daily") ? .quota : .rateLimit
    default: return kinds[name]
    }
  }

  private static func kindOfValidation(_ says: (String...) -> Bool) -> ProviderError.Kind {
    if says(
      "input is too long", "prompt is too long", "too many input tokens", "too many tokens", "context length",
      "context window", "maximum context")
    {
      return .contextLength
    }
    if says("on-demand throughput", "model identifier is invalid", "end of its life") {
      return .modelNotFound
    }
    return says(
      "doesn't support", "does not support", "isn't supported", "is not supported", "not supported by")
      ? .unsupported : .invalidRequest
  }

  private static let kinds: [Substring: ProviderError.Kind] = [
    "servicequotaexceeded": .quota,
    "unrecognizedclient": .authentication, "invalidclienttokenid": .authentication,
    "invalidsignature": .authentication, "signaturedoesnotmatch": .authentication,
    "incompletesignature": .authentication, "missingauthenticationtoken": .authentication,
    "expiredtoken": .authentication, "requestexpired": .authentication,
    "resourcenotfound": .modelNotFound,
    "modeltimeout": .timeout, "modelnotready": .loading,
    "modelerror": .server, "modelstreamerror": .server, "internalserver": .server, "internalfailure": .server,
    "serviceunavailable": .overloaded,
  ]
}
