import Fetch

/// The address of an API.
package enum ProviderAddress {
  /// Why a text is no base URL, as a sentence that shows nothing of it; nil when it is one.
  package static func fault(_ text: String) -> String? {
    do throws(FetchError) {
      _ = try FetchURL(text)
    } catch {
      return error.message
    }
    // Paths are appended to it.
    return text.contains { $0 == "?" || $0 == "#" } ? "A base URL must have no query and no fragment." : nil
  }

  /// - Throws: `provider_invalid_request`, naming no more than the host.
  static func parse(_ text: String, _ call: ProviderCall) throws(ProviderError) -> FetchURL {
    do throws(FetchError) {
      return try FetchURL(text)
    } catch {
      throw ProviderError(
        .invalidRequest, "The base URL of \(call.provider) cannot be used: \(error.message)",
        hint: error.hint,
        provider: call.provider, model: call.request.model)
    }
  }
}

extension FetchURL {
  /// The address with a version of the API at its end, unless it ends in one: vendors' own tools take it without, people write it with.
  func appending(version: String) -> FetchURL {
    let steps = text.split(separator: "/").dropFirst(2)  // the scheme and the host
    guard let last = steps.last, last.first == "v", last.dropFirst().first?.isNumber == true else {
      return appending(path: version)
    }
    return self
  }
}
