/// `DATABASE_URL`, the name that deployments of the systems the hub replaces already set.
enum DatabaseURL {
  static let variable = "DATABASE_URL"

  /// The path in `file:PATH`. What stands behind `?` belongs to other drivers and is dropped.
  ///
  /// - Throws: `unsupported_database`, without the address, which may hold a password.
  static func path(of url: String, from origin: SettingOrigin) throws(LaunchError) -> String {
    let hint = "Expected \(self.variable)=file:PATH; AGENTHUB_DATABASE overrides it."
    guard url.hasPrefix("file:") else {
      throw LaunchError(
        .unsupportedDatabase, "The \(origin) names a database that is not a file.",
        hint: hint)
    }
    var path = url.dropFirst("file:".count)
    if path.hasPrefix("///") { path = path.dropFirst(2) }
    let name = path.prefix { $0 != "?" }
    guard !name.isEmpty, !name.hasPrefix("//") else {
      throw LaunchError(.unsupportedDatabase, "The \(origin) names no file.", hint: hint)
    }
    return String(name)
  }
}
