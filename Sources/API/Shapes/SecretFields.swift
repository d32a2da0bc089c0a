import Basics
import Providers

/// What nobody may read back of an agent's config: strings under telling names, and passwords in URLs, at any depth.
enum SecretFields {
  private static let words = [
    "apikey", "token", "secret", "password", "passwd", "authorization", "providerkey",
  ]

  /// The config with its secrets masked.
  static func masked(_ config: JSONObject) -> JSONObject { masked(config, isSecret: false) }

  /// A config as it is to be stored: what comes back masked as it was shown stands for the stored secret.
  ///
  /// - Throws: `invalid_config` for a mask of something else, which would be useless as a key.
  static func unmasked(_ config: JSONObject, stored: JSONObject?) throws(APIError) -> JSONObject {
    try unmasked(config, Place(path: "config", isSecret: false), stored: stored)
  }

  /// Where a value stands; below a secret name everything is secret.
  private struct Place {
    var path: String
    var isSecret: Bool

    func member(_ name: String) -> Place {
      Place(path: "\(path).\(name)", isSecret: isSecret || SecretFields.isSecret(name))
    }

    func element(_ index: Int) -> Place { Place(path: "\(path)[\(index)]", isSecret: isSecret) }
  }

  private static func isSecret(_ name: String) -> Bool {
    let name = PlainName.of(name)
    return words.contains { name.contains($0) }
  }

  // MARK: Out

  private static func masked(_ object: JSONObject, isSecret: Bool) -> JSONObject {
    var object = object
    for member in object.members {
      object[member.name] = masked(member.value, isSecret: isSecret || self.isSecret(member.name))
    }
    return object
  }

  private static func masked(_ value: JSON, isSecret: Bool) -> JSON {
    switch value {
    case .string(let text): .string(masked(text, isSecret: isSecret))
    case .array(let elements): .array(elements.map { masked($0, isSecret: isSecret) })
    case .object(let object): .object(masked(object, isSecret: isSecret))
    default: value
    }
  }

  private static func masked(_ text: String, isSecret: Bool) -> String {
    guard isSecret else { return URLSecret.masked(text) }
    return text.isEmpty ? text : SecretMask.shown(text)
  }

  // MARK: In

  private static func unmasked(
    _ object: JSONObject, _ place: Place, stored: JSONObject?
  ) throws(APIError) -> JSONObject {
    var object = object
    for member in object.members {
      object[member.name] = try unmasked(
        member.value, place.member(member.name), stored: stored?[member.name])
    }
    return object
  }

  private static func unmasked(_ value: JSON, _ place: Place, stored: JSON?) throws(APIError) -> JSON {
    switch value {
    case .string(let text): return .string(try unmasked(text, place, stored: stored?.string))
    case .object(let object): return .object(try unmasked(object, place, stored: stored?.object))
    case .array(var elements):
      for index in elements.indices {
        elements[index] = try unmasked(elements[index], place.element(index), stored: stored?[index])
      }
      return .array(elements)
    default: return value
    }
  }

  private static func unmasked(_ text: String, _ place: Place, stored: String?) throws(APIError) -> String {
    let isMask = place.isSecret ? text.hasPrefix(SecretMask.shown("")) : URLSecret.isMasked(text)
    guard isMask else { return text }
    guard let stored, masked(stored, isSecret: place.isSecret) == text else {
      throw APIError(
        "invalid_config", "\(place.path) is masked.",
        hint: "Send the whole text, or leave it as it was shown.")
    }
    return stored
  }
}
