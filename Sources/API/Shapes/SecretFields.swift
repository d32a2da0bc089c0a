import Basics
import Model
import Providers

/// The members of an agent's config that nobody may read back.
enum SecretFields {
  /// The config with its secrets masked to their last four characters.
  static func masked(_ config: JSONObject) -> JSONObject {
    var config = config
    for name in AgentConfiguration.secretNames {
      guard let secret = config[name]?.string, !secret.isEmpty else { continue }
      config[name] = .string(SecretMask.shown(secret))
    }
    return config
  }

  /// A config as it is to be stored: what comes back masked as it was shown stands for the stored secret.
  ///
  /// - Throws: `invalid_config` for a mask of something else, which would be useless as a key.
  static func unmasked(_ config: JSONObject, stored: JSONObject?) throws(APIError) -> JSONObject {
    var config = config
    for name in AgentConfiguration.secretNames {
      guard let given = config[name]?.string, isMask(given) else { continue }
      guard let secret = stored?[name]?.string, SecretMask.shown(secret) == given else {
        throw APIError(
          "invalid_config", "config.\(name) is masked.",
          hint: "Send the whole key, or leave it as it was shown.")
      }
      config[name] = .string(secret)
    }
    return config
  }

  private static func isMask(_ text: String) -> Bool { text.hasPrefix(SecretMask.shown("")) }
}
