import Glibc

/// The project's own files, for tests that hold the code against its documents and rules.
package enum Repository {
  /// The folder of `Package.swift`.
  package static let root: String = {
    // This file is Tests/TestKit/Repository.swift.
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
  }()

  /// The files below a folder whose names end so, as sorted paths from the root; hidden ones and builds left out.
  package static func files(below folder: String, ending suffix: String) -> [String] {
    var found: [String] = []
    var waiting = [folder]
    while let next = waiting.popLast() {
      for (name, isFolder) in self.entries(of: next) where !name.hasPrefix(".") {
        let path = next.isEmpty ? name : "\(next)/\(name)"
        if isFolder { waiting.append(path) } else if name.hasSuffix(suffix) { found.append(path) }
      }
    }
    return found.sorted()
  }

  /// The text of a file, or nil when it cannot be read.
  package static func text(of path: String) -> String? {
    guard let file = fopen("\(self.root)/\(path)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard count > 0 else { break }
      bytes += chunk.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a file or a folder is there.
  package static func exists(_ path: String) -> Bool { access("\(self.root)/\(path)", F_OK) == 0 }

  /// Replaces the text of a file; false when that is not possible.
  package static func write(_ text: String, to path: String) -> Bool {
    guard let file = fopen("\(self.root)/\(path)", "w") else { return false }
    let bytes = Array(text.utf8)
    let isWhole = fwrite(bytes, 1, bytes.count, file) == bytes.count
    return fclose(file) == 0 && isWhole
  }

  private static func entries(of folder: String) -> [(name: String, isFolder: Bool)] {
    guard let directory = opendir("\(self.root)/\(folder)") else { return [] }
    defer { closedir(directory) }
    var found: [(name: String, isFolder: Bool)] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      found.append((name, entry.pointee.d_type == UInt8(DT_DIR)))
    }
    return found
  }
}
