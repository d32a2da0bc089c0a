import Glibc

/// What a process holds, from /proc.
struct MemoryUse {
  /// Bytes of its own memory; mapped files and shared rings are not among them.
  let heap: Int
  /// The most that was ever resident, mapped files and all.
  let peak: Int
  /// A sanitizer's shadow makes the numbers meaningless.
  let isSanitized: Bool

  init(of pid: pid_t) {
    let text = String(decoding: HubBinary.contents(of: "/proc/\(pid)/status"), as: UTF8.self)
    func kilobytes(_ name: String) -> Int {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
    heap = kilobytes("RssAnon") << 10
    peak = kilobytes("VmHWM") << 10
    isSanitized = kilobytes("VmSize") > 1 << 30
  }
}
