/// Where a value came from.
enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
  case flag(String)
  case environment(String)
  case file(String, line: Int)
  case standard

  var description: String {
    switch self {
    case .flag(let name): "flag \(name)"
    case .environment(let name): "environment \(name)"
    case .file(let path, let line): "file \(path) line \(line)"
    case .standard: "default"
    }
  }
}
