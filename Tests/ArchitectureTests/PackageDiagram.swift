import TestKit

/// The rooms and arrows of `Package.swift`, read from its text (asking SwiftPM takes seconds and a lock).
struct PackageDiagram {
  struct Room: Equatable {
    let name: String
    let uses: [String]
    /// The function that made it: `pure`, `room`, `system`, `target`, `systemLibrary`, `executableTarget`, `tests`, `fuzzer`, `benchmarkKit` or `benchmark`.
    let maker: String
  }

  let rooms: [Room]

  init(manifest: String) {
    let source = SwiftSource(path: "Package.swift", text: manifest)
    let makers: Set<Substring> = [
      "pure", "room", "system", "systemLibrary", "target", "executableTarget", "tests", "fuzzer",
      "benchmarkKit", "benchmark",
    ]
    let start = source.codeLines.firstIndex { $0.contains("targets: [") && !$0.contains("products") } ?? 0
    // Names are literals, so a room is a maker's line, its first literal, and the literals of its list.
    var rooms: [Room] = []
    var call: (maker: String, literals: [String])?
    for index in (start + 1)..<max(start + 1, source.codeLines.count) {
      let line = source.codeLines[index]
      if let word = SwiftSource.words(of: line).first, makers.contains(word) {
        call.map { rooms.append(Self.room($0)) }
        call = (String(word), [])
      }
      call?.literals += source.literals.filter { $0.line == index + 1 }.map(\.text)
      if line.hasPrefix("  swiftLanguageModes") { break }
    }
    call.map { rooms.append(Self.room($0)) }
    self.rooms = rooms
  }

  static let ours = PackageDiagram(manifest: Repository.text(of: "Package.swift") ?? "")

  func room(named name: String) -> Room? { self.rooms.first { $0.name == name } }

  private static func room(_ call: (maker: String, literals: [String])) -> Room {
    let name = call.literals.first ?? ""
    // A system library's other literals are its pkg-config name and its Debian package; a path or a file is not a room.
    let uses =
      call.maker == "system"
      ? [] : call.literals.dropFirst().filter { !$0.contains("/") && !$0.contains(".") }
    return Room(name: name, uses: Array(uses), maker: call.maker)
  }
}
