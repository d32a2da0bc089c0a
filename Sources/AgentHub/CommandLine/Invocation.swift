/// The words of a command line, understood.
struct Invocation: Sendable, Equatable {
  var command: String?
  var wantsHelp = false
  /// Values of settings, by the setting's name.
  var settings: [String: String] = [:]
  var configFile: String?
  /// The command's own switches that were given.
  var switches: Set<String> = []
  /// The words that followed them, by flag.
  var values: [String: String] = [:]
}
