import Fetch
import Model

/// Where one call goes: the address, and the region that a signature for it names.
struct BedrockEndpoint: Equatable {
  static let addressVariable = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"
  /// Most models are offered there first.
  static let defaultRegion = "us-east-1"

  let base: FetchURL
  let region: String
  /// Whether the environment's credentials may go there: AWS itself, or where the environment points.
  let isEnvironments: Bool
  /// Whether it is AWS itself, which is never called without encryption.
  let isAWS: Bool

  /// - Throws: `provider_invalid_request` for an address or a region that cannot be used.
  init(_ call: ProviderCall, _ settings: ProviderSettings) throws(ProviderError) {
    let own = call.configuration.baseUrl
    let environments = settings[Self.addressVariable]
    let asked = call.configuration.region ?? settings["AWS_REGION"] ?? settings["AWS_DEFAULT_REGION"]
    if let address = own ?? environments {
      base = try ProviderAddress.parse(address, call)
      // An address of AWS has its region in its name, and takes signatures for no other.
      region = Self.region(of: base) ?? asked ?? Self.defaultRegion
    } else {
      region = asked ?? Self.defaultRegion
      guard Self.isRegion(region) else { throw Self.unusableRegion(call) }
      base = try ProviderAddress.parse(Self.address(of: region), call)
    }
    guard Self.isRegion(region) else { throw Self.unusableRegion(call) }
    isAWS = Self.region(of: base) != nil
    let isTheirs = environments.flatMap { try? FetchURL($0) }.map(base.hasSameOrigin) ?? false
    isEnvironments = own == nil || isAWS || isTheirs
  }

  /// Lower case letters, digits and hyphens: it becomes a part of a host's name and of signatures.
  static func isRegion(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 32
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "-")
        }
      }
  }

  static func address(of region: String) -> String {
    "https://bedrock-runtime.\(region).\(region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com")"
  }

  /// The region of one of AWS's own addresses, with or without FIPS; nil for all others.
  private static func region(of base: FetchURL) -> String? {
    guard base.scheme == .https, base.port == 443 else { return nil }
    for prefix in ["bedrock-runtime.", "bedrock-runtime-fips."] where base.host.hasPrefix(prefix) {
      let region = base.host.dropFirst(prefix.count).prefix { $0 != "." }
      let domain = base.host.dropFirst(prefix.count + region.count)
      if isRegion(String(region)), domain == ".amazonaws.com" || domain == ".amazonaws.com.cn" {
        return String(region)
      }
    }
    return nil
  }

  private static func unusableRegion(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .invalidRequest, "The AWS region cannot be used: it must be lower case letters, digits and hyphens.",
      hint: "Set AWS_REGION or the agent's config.region, us-east-1 for example.", provider: call.provider,
      model: call.request.model)
  }
}
