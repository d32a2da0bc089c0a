import Basics

/// What keeps a command from starting: words that are not understood, or settings that cannot be right.
struct LaunchError: CodedError, Equatable {
  enum Reason: String, Sendable {
    case unknownCommand = "unknown_command"
    case unknownFlag = "unknown_flag"
    case missingValue = "missing_value"
    case surplusWord = "surplus_word"
    case unknownSetting = "unknown_setting"
    case badValue = "bad_value"
    case badFileLine = "bad_file_line"
    case unreadableFile = "unreadable_file"
    case unsupportedDatabase = "unsupported_database"
    case openBind = "open_bind"
    case incompleteTLS = "incomplete_tls"
    case repeatedListener = "repeated_listener"
  }

  let reason: Reason
  let message: String
  let hint: String?

  var code: String { self.reason.rawValue }

  init(_ reason: Reason, _ message: String, hint: String?) {
    self.reason = reason
    self.message = message
    self.hint = hint
  }

  /// A name that no setting has, with the nearest that one does have.
  static func unknownSetting(_ name: String, in place: String) -> Self {
    // The prefix all names share would make any of them look near.
    let prefix = name.hasPrefix(SettingTable.prefix) ? SettingTable.prefix : ""
    let known =
      SettingTable.all.flatMap { [$0.variable] + $0.aliases } + ProviderVariable.all.map(\.name)
    let candidates = known.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    let nearest = nearestName(to: String(name.dropFirst(prefix.count)), among: candidates)
    return Self(
      .unknownSetting, "There is no setting \(name) (in \(place)).",
      hint: suggestion(nearest.map { prefix + $0 }))
  }

  /// "Did you mean …?", or where to look when nothing is near.
  static func suggestion(_ nearest: String?) -> String {
    nearest.map { "Did you mean \($0)?" } ?? "`agenthub --help` lists what there is."
  }
}
