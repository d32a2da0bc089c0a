import Glibc

/// What a process is given at its start: words, environment, files by name.
struct ProcessInput: Sendable {
  /// The words after the program's name.
  var words: [String]
  var environment: [String: String]
  /// The text of a file, or nil when there is none.
  ///
  /// - Throws: `unreadable_file`.
  var readFile: @Sendable (_ path: String) throws(LaunchError) -> String?

  /// The settings file that is asked for by flag or environment, which must exist; else the standard one if it does.
  func settingsFile(named path: String?) throws(LaunchError) -> SettingsFile? {
    let variable = self.environment[SettingTable.configVariable] ?? ""
    guard let wanted = path ?? (variable.isEmpty ? nil : variable) else {
      guard let text = try self.readFile(SettingTable.standardConfigFile) else { return nil }
      return try SettingsFile(path: SettingTable.standardConfigFile, text: text)
    }
    guard let text = try self.readFile(wanted) else {
      throw LaunchError(
        .unreadableFile, "There is no settings file \(wanted).",
        hint: "It was asked for by \(path == nil ? SettingTable.configVariable : "--config").")
    }
    return try SettingsFile(path: wanted, text: text)
  }
}

extension ProcessInput {
  /// This process's own.
  static var current: Self {
    Self(words: Array(CommandLine.arguments.dropFirst()), environment: Self.currentEnvironment()) {
      path throws(LaunchError) in try Self.contents(of: path)
    }
  }

  private static func currentEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      entry = entry.successor()
      guard let equals = line.firstIndex(of: "=") else { continue }
      result[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
    return result
  }

  private static func contents(of path: String) throws(LaunchError) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw Self.unreadable(path)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    // Settings are lines a person wrote; a megabyte is surely another file.
    while bytes.count <= 1 << 20 {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.unreadable(path) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
    }
    throw LaunchError(
      .unreadableFile, "\(path) is too large for a settings file.", hint: "Is it the right one?")
  }

  private static func unreadable(_ path: String) -> LaunchError {
    LaunchError(
      .unreadableFile, "Cannot read \(path): \(String(cString: strerror(errno))).",
      hint: "Check the path and its permissions.")
  }
}
