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
    all().filter { process in
      // The name in parentheses may hold blanks; state and parent come after it.
      let fields = contents("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
      return fields.first == "Z" && fields.dropFirst().first == "\(getpid())"
    }
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

  private static func contents(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
