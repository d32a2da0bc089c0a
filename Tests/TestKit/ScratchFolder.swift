import Glibc

/// A folder of a test's own, removed with the value.
package final class ScratchFolder: Sendable {
  /// Where it is, without a slash at the end.
  package let path: String

  package init() {
    var template = Array("/tmp/agenthub-test-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { bytes in
      bytes.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp"
    }
  }

  deinit {
    guard path.hasPrefix("/tmp/agenthub-test-") else { return }
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// The names of the files inside, sorted.
  package var names: [String] { Self.names(in: path) }

  /// The names of the files in any folder, sorted.
  package static func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
