import TestKit
import Testing

struct DiagramTests {
  @Test func `a manifest is read as rooms and arrows`() {
    let diagram = PackageDiagram(
      manifest: """
        func pure(_ name: String) -> Target { target(name: name, path: "x") }
        let package = Package(
          products: [.executable(name: "hub", targets: ["Hub"])],
          targets: [
            system("CCurl", pkgConfig: "libcurl", apt: "libcurl-dev"),
            // "Nobody" is a comment
            pure("Basics", uses: []),
            room(
              "Wire",
              uses: ["Basics",
                "CCurl"]),
            .target(name: "Kit", path: "Tests/Kit"),
          ],
          swiftLanguageModes: [.v6]
        )
        """)
    #expect(
      diagram.rooms == [
        .init(name: "CCurl", uses: [], maker: "system"),
        .init(name: "Basics", uses: [], maker: "pure"),
        .init(name: "Wire", uses: ["Basics", "CCurl"], maker: "room"),
        .init(name: "Kit", uses: [], maker: "target"),
      ])
  }

  @Test func `the manifest lists rooms from low to high`() {
    var seen: Set<String> = []
    for room in PackageDiagram.ours.rooms {
      let unseen = room.uses.filter { !seen.contains($0) }
      #expect(
        unseen.isEmpty,
        "\(room.name) uses \(unseen), which Package.swift lists below it. Move the code, not the line: no room reaches upward."
      )
      seen.insert(room.name)
    }
    #expect(seen.count > 15, "Package.swift was not understood; see PackageDiagram.")
  }

  @Test func `every import is an arrow of the manifest`() {
    let toolchain: Set<String> = ["Glibc", "Synchronization", "Testing"]
    var violations: [Violation] = []
    for source in SwiftSource.all + SwiftSource.tests {
      let folder = source.room
      guard let room = PackageDiagram.ours.room(named: folder) else {
        violations.append(Violation(path: source.path, line: 1, detail: "\(folder) is no target"))
        continue
      }
      // The concurrency runtime brings Dispatch anyway; only the process itself may wait with it.
      let extra: Set<String> = ["tests": ["TestKit"], "executableTarget": ["Dispatch"]][room.maker] ?? []
      let allowed = toolchain.union(room.uses).union(extra)
      violations += source.imports.filter { !allowed.contains($0.module) }.map {
        Violation(path: source.path, line: $0.line, detail: "\(folder) may not import \($0.module)")
      }
    }
    expectNone(
      violations,
      "Imports beyond Package.swift. Use what the room may use, or argue for a new arrow in Package.swift and Sources/README.md:"
    )
  }

  @Test func `what serves and keeps runs has never heard of HTTP`() {
    let rooms: Set<String> = ["Model", "Database", "EventEngine", "Storage", "Pipelines", "Realtime"]
    let found = SwiftSource.all.filter { rooms.contains($0.room) }.flatMap { source in
      source.codeLines.enumerated().compactMap { index, line in
        SwiftSource.words(of: line).first { $0.hasPrefix("HTTP") }
          .map { Violation(path: source.path, line: index + 1, detail: String($0)) }
      }
    }
    expectNone(found, "Requests and responses belong to WebServer and API. Hand over what they mean:")
  }

  @Test func `every folder of Sources has a row in its map`() {
    let map = Repository.text(of: "Sources/README.md") ?? ""
    let unmapped = PackageDiagram.ours.rooms.filter {
      !["tests", "fuzzer", "benchmarkKit", "benchmark"].contains($0.maker) && $0.name != "TestKit"
    }
    .filter { !map.contains("`\($0.name)`") }
    .map { Violation(path: "Sources/\($0.name)", line: 1, detail: "not in the map") }
    expectNone(unmapped, "Add a row to the table in Sources/README.md:")
  }

  @Test func `every room of Swift has tests`() {
    let names = Set(PackageDiagram.ours.rooms.map(\.name))
    let untested = PackageDiagram.ours.rooms.filter {
      ["pure", "room", "executableTarget"].contains($0.maker)
    }
    .filter { !names.contains("\($0.name)Tests") }
    .map { Violation(path: "Tests/\($0.name)Tests", line: 1, detail: "missing") }
    expectNone(untested, "Add the target to Package.swift:")
  }
}
