/// A name without regard to how its words are joined: `api_key`, `API-Key` and `apiKey` are one.
enum PlainName {
  static func of(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != "-" } }
}
