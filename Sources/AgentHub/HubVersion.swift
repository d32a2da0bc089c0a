/// The version of this build. A test holds it against the changelog's newest entry.
enum HubVersion {
  static let text = "0.1.0"
}
