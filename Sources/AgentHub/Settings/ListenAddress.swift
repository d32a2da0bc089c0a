import API
import Basics

/// Where one more listener is, and what it shows.
struct ListenAddress: Sendable, Equatable {
  /// A row of the profile table.
  let profile: String
  /// Nil for the host of the main listener.
  let host: String?
  let port: Int

  static let expectation =
    "a port such as 8000, a profile with one such as fsia=8000 or nexus=127.0.0.1:3001, or several of them with commas; profiles are "
    + ProfileTable.rows.map(\.name).joined(separator: ", ")

  /// Reads `[PROFILE=][HOST:]PORT`; nil when it is none.
  init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let profile = parts.count == 2 ? parts[0].trimmed : ProfileTable.hub.name
    guard ProfileTable.profile(named: profile) != nil, let address = parts.last?.trimmed else {
      return nil
    }
    let colon = address.lastIndex(of: ":")
    let digits = colon.map { address[address.index(after: $0)...] } ?? address[...]
    guard let port = UInt16(digits) else { return nil }
    let host = colon.map { Self.unbracketed(address[..<$0]) }
    // What is left of an IPv6 address without brackets could be one itself.
    guard host?.isEmpty != true, host?.contains(":") != true || address.hasPrefix("[") else { return nil }
    self.init(profile: profile, host: host, port: Int(port))
  }

  init(profile: String, host: String?, port: Int) {
    self.profile = profile
    self.host = host
    self.port = port
  }

  /// As an operator would write it.
  var text: String {
    let bracketed = host.map { $0.contains(":") ? "[\($0)]:" : "\($0):" }
    return "\(profile)=\(bracketed ?? "")\(port)"
  }

  private static func unbracketed(_ host: Substring) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
  }
}

extension Settings {
  /// Refuses two listeners at one place, which the second one could not have.
  ///
  /// - Throws: `repeated_listener`.
  func checkListeners() throws(LaunchError) {
    var taken = [(host: self.host, port: self.port)]
    for address in self.listen {
      let place = (host: address.host ?? self.host, port: address.port)
      guard place.port == 0 || !taken.contains(where: { $0 == place }) else {
        throw LaunchError(
          .repeatedListener, "Two listeners would have port \(place.port) of \(place.host).",
          hint: "Give each its own port; --port is the main one's.")
      }
      taken.append(place)
    }
  }
}
