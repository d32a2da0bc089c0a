import Basics
import Providers
import Storage

/// How the text of a setting becomes a value and back, and how to say what is expected.
struct SettingKind<Value: Sendable>: Sendable {
  /// Completes the sentence "Expected …".
  let expectation: String
  let read: @Sendable (String) -> Value?
  let show: @Sendable (Value) -> String
  /// Whether the value is a list, whose flag may come several times.
  var isList = false
}

extension SettingKind where Value == Int {
  static func wholeNumber(_ range: ClosedRange<Int>) -> Self {
    Self(expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    } show: { value in
      "\(value)"
    }
  }
}

extension SettingKind where Value == Duration {
  static func seconds(_ range: ClosedRange<Double>) -> Self {
    Self(expectation: "seconds from \(plain(range.lowerBound)) to \(plain(range.upperBound))") { text in
      Double(text).flatMap { range.contains($0) ? Duration.seconds($0) : nil }
    } show: { value in
      plain(value / .seconds(1))
    }
  }

  static func hours(_ range: ClosedRange<Double>) -> Self {
    Self(expectation: "hours from \(plain(range.lowerBound)) to \(plain(range.upperBound))") { text in
      Double(text).flatMap { range.contains($0) ? Duration.seconds(3600 * $0) : nil }
    } show: { value in
      plain(value / .seconds(3600))
    }
  }

  static func milliseconds(_ range: ClosedRange<Int>) -> Self {
    Self(expectation: "whole milliseconds from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? Duration.milliseconds($0) : nil }
    } show: { value in
      plain(value / .milliseconds(1))
    }
  }

  /// `10`, not `10.0`; `0.5` as it is.
  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}

extension SettingKind where Value == Bool {
  static var onOff: Self {
    Self(expectation: "on or off (also 1/0, true/false, yes/no)") { text in
      switch text.lowercased() {
      case "on", "1", "true", "yes": true
      case "off", "0", "false", "no": false
      default: nil
      }
    } show: { value in
      value ? "on" : "off"
    }
  }
}

extension SettingKind where Value == String {
  static func text(_ expectation: String) -> Self {
    Self(expectation: expectation) {
      $0.isEmpty ? nil : $0
    } show: {
      $0
    }
  }
}

extension SettingKind where Value == Rate? {
  private static var periods: [(letter: String, seconds: UInt64)] { [("s", 1), ("m", 60), ("h", 3600)] }

  /// `20/s`, `100/m`, `1000/h`, or `off` for none.
  static var rate: Self {
    Self(expectation: "off, or a number a second, minute or hour such as 20/s, 100/m or 1000/h") { text in
      guard text != "off" else { return .some(nil) }
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
        let period = periods.first(where: { $0.letter == parts[1] })
      else { return nil }
      return Rate(count, perNanoseconds: period.seconds * 1_000_000_000)
    } show: { rate in
      guard let rate else { return "off" }
      let letter = periods.first { $0.seconds * 1_000_000_000 == rate.period }?.letter
      return "\(rate.count)/\(letter ?? "?")"
    }
  }
}

extension SettingKind where Value == PrivateAddresses {
  /// One of the words.
  static var privateAddresses: Self {
    Self(expectation: "one of " + PrivateAddresses.allCases.map(\.rawValue).joined(separator: ", ")) { text in
      PrivateAddresses(rawValue: text)
    } show: { value in
      value.rawValue
    }
  }
}

extension SettingKind where Value == LogLevel {
  static var level: Self {
    Self(expectation: "one of " + LogLevel.allCases.map { "\($0)" }.joined(separator: ", ")) { text in
      LogLevel(name: text)
    } show: { value in
      "\(value)"
    }
  }
}

extension SettingKind {
  /// The kind, as that of a list.
  fileprivate var list: Self {
    var kind = self
    kind.isList = true
    return kind
  }
}

extension SettingKind where Value == [ListenAddress] {
  /// Profiles with a port and perhaps a host.
  static var listeners: Self {
    Self(expectation: ListenAddress.expectation) { text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let addresses = parts.compactMap { ListenAddress($0.trimmed) }
      return addresses.count == parts.count ? addresses : nil
    } show: { value in
      value.map(\.text).joined(separator: ",")
    }.list
  }
}

extension SettingKind where Value == String? {
  static func optionalText(_ expectation: String) -> Self {
    Self(expectation: expectation) {
      $0.isEmpty ? .none : .some($0)
    } show: {
      $0 ?? ""
    }
  }
}

extension SettingKind where Value == DeliveredAgents.Maker? {
  /// A provider and its model; only the first stroke parts them, since models have some in their names.
  static var surfacesModel: Self {
    Self(expectation: "a provider and its model such as openai/smollm2 or ollama/llama3") { text in
      let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2, let row = ProviderTable.row(named: parts[0]), row.takesKeys else { return nil }
      return .some(DeliveredAgents.Maker(provider: row.name, model: parts[1]))
    } show: { value in
      value.map { "\($0.provider)/\($0.model)" } ?? ""
    }
  }
}

extension SettingKind where Value == [String] {
  static func list(of things: String) -> Self {
    Self(expectation: "\(things), separated by commas") { text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
      return parts.contains("") ? nil : parts
    } show: { value in
      value.joined(separator: ",")
    }.list
  }
}
