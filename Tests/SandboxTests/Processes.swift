import Glibc
import TestKit

/// What /proc tells about this machine's processes.
enum Processes {
  /// The processes whose command line holds a text, without this one.
  static func mentioning(_ text: String) -> [pid_t] {
    all().filter { $0 != getpid() && contents("/proc/\($0)/cmdline").contains(text) }
  }

  /// Children of this process that ended and were not reaped.
  static func zombies() -> [pid_t] {
    all().filter { state(of: $0).first == "Z" && state(of: $0).dropFirst().first == "\(getpid())" }
  }

  /// The processes whose parents these are.
  static func children(of parents: [pid_t]) -> [pid_t] {
    all().filter { process in parents.contains { state(of: process).dropFirst().first == "\($0)" } }
  }

  /// State and parent, as texts: what comes after the name, which stands in parentheses and may hold blanks.
  private static func state(of process: pid_t) -> [Substring] {
    Array(
      (contents("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []).prefix(2))
  }

  /// How many descriptors of this process are pipes, processes or files in memory.
  static func pipes() -> Int {
    names(in: "/proc/self/fd").filter { name in
      var target = [CChar](repeating: 0, count: 256)
      let count = readlink("/proc/self/fd/\(name)", &target, target.count)
      let text = String(decoding: target.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      return text.hasPrefix("pipe:") || text.contains("pidfd") || text.contains("memfd:agenthub")
    }
    .count
  }

  private static func all() -> [pid_t] { names(in: "/proc").compactMap { pid_t($0) } }

  private static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }

  static func contents(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
