import TestKit
import Testing

struct RepositoryTests {
  /// Folders of somebody's machine, written in parts so that this file does not hold them.
  static let machinePaths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/opt/sw" + "ift", "/Us" + "ers/"]

  @Test func `no file knows the machine it was written on`() {
    let endings = [
      ".swift", ".md", ".c", ".h", ".sql", ".json", ".html", ".js", ".css", ".py", ".modulemap",
    ]
    let folders = ["Sources", "Tests", "Migrations", "Prices", "Sandbox", "Seeds", "Documentation"]
    var paths = folders.flatMap { folder in endings.flatMap { Repository.files(below: folder, ending: $0) } }
    paths += ["Package.swift", "README.md", "CHANGELOG.md"]
    paths += Repository.files(below: "Scripts", ending: "") + Repository.files(below: ".ci", ending: "")
    var found: [Violation] = []
    for path in paths where !path.hasSuffix(".pyc") {
      guard let text = Repository.text(of: path) else { continue }
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        for machinePath in Self.machinePaths where line.contains(machinePath) {
          found.append(Violation(path: path, line: index + 1, detail: machinePath))
        }
      }
    }
    #expect(paths.count > 40, "The folders were not found from \(Repository.root).")
    expectNone(found, "Write paths from the project's root or from a setting:")
  }

  @Test func `every script says what it is for and can be asked`() {
    for path in Repository.files(below: "Scripts", ending: "") where !path.contains(".") {
      let text = Repository.text(of: path) ?? ""
      let lines = text.split(separator: "\n")
      #expect(
        lines.first == "#!/usr/bin/env bash", "\(path) is a bash script: begin it with #!/usr/bin/env bash.")
      #expect(lines.dropFirst().first?.hasPrefix("# ") == true, "Say in line 2 of \(path) what it is for.")
      #expect(
        text.contains("set -euo pipefail"), "\(path) must stop at the first failure: set -euo pipefail.")
      #expect(text.contains("--help"), "\(path) must answer --help.")
    }
  }
}
