import CLinux
import Glibc

/// Ends processes of a hub that was killed.
///
/// Nearly all end with their hub: the kernel kills bubblewrap with its parent, and so on inward. But a sandbox whose bubblewrap dies within
/// its first milliseconds, before it has let its first process go on, leaves that one waiting for ever.
enum Leftovers {
  /// Kills every process of ours whose arguments are such.
  static func end(where isOurs: ([String]) -> Bool) {
    for process in WorkerFolder.names(in: "/proc").compactMap({ pid_t($0) }) where process != getpid() {
      // Held before it is looked at, so that what is killed is what was seen.
      let number = clinux_process_descriptor(process)
      guard number >= 0 else { continue }
      let held = Descriptor(number)
      if isOurs(arguments(of: process)) { _ = clinux_process_signal(held.number, SIGKILL) }
    }
  }

  private static func arguments(of process: pid_t) -> [String] {
    let number = open("/proc/\(process)/cmdline", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return [] }
    let file = Descriptor(number)
    var bytes: [UInt8] = []
    while case .bytes(let more) = file.read() { bytes += more }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
