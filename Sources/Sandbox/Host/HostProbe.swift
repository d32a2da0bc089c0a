import CLinux
import Glibc

/// Looks at the host: is everything there that the sandbox is made of?
enum HostProbe {
  private static let patience: UInt64 = 30_000_000_000

  /// What a worker is started with.
  ///
  /// - Throws: `python_unavailable`, naming every part that is missing.
  static func look(_ configuration: SandboxConfiguration) throws(SandboxError) -> (
    bubblewrap: String, arguments: BubblewrapArguments
  ) {
    var missing: [MissingPart] = []
    let bubblewrap = configuration.bubblewrap.first { access($0, X_OK) == 0 }
    if bubblewrap == nil { missing.append(.bubblewrap) }
    let python = ask(configuration.python)
    if let python {
      missing += configuration.modules.filter { !python.modules.contains($0) }.map { .module($0) }
    } else {
      missing.append(.python(path: configuration.python))
      missing += configuration.modules.map { .module($0) }
    }
    guard let bubblewrap, let python, missing.isEmpty else { throw .missing(missing) }
    let arguments = BubblewrapArguments(
      python: python, rootEntries: rootEntries(), configuration: configuration)
    return (bubblewrap, arguments)
  }

  /// Asks an interpreter about itself; nil when it does not run, or not within the time.
  private static func ask(_ path: String) -> HostPython? {
    guard access(path, X_OK) == 0 else { return nil }
    // What starts an interpreter may be a script that looks for its own tools.
    let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]
    guard let child = try? ChildProcess(path, ["-I", "-c", HostPython.question], environment: environment)
    else { return nil }
    child.input = nil
    let answer = read(child, until: clinux_monotonic_nanoseconds() + patience)
    child.kill()
    var ended = pollfd(fd: child.process.number, events: Int16(POLLIN), revents: 0)
    while child.reap() == nil { _ = poll(&ended, 1, 1000) }
    return answer.flatMap { HostPython(answer: $0) }
  }

  private static func read(_ child: ChildProcess, until deadline: UInt64) -> [UInt8]? {
    var answer: [UInt8] = []
    while child.output != nil {
      let now = clinux_monotonic_nanoseconds()
      guard now < deadline, answer.count < 1 << 20 else { return nil }
      var readable = pollfd(fd: child.output?.number ?? -1, events: Int16(POLLIN), revents: 0)
      _ = poll(&readable, 1, Int32((deadline - now) / 1_000_000 + 1))
      switch child.output?.read() {
      case .bytes(let bytes): answer += bytes
      case .end: child.output = nil
      case .nothing, nil: break
      }
    }
    return answer
  }

  /// How `/lib` and its like are made here: on today's systems, links into `/usr`.
  private static func rootEntries() -> [BubblewrapArguments.RootEntry] {
    ["/lib", "/lib64"].compactMap { path in
      var target = [CChar](repeating: 0, count: 1024)
      let count = readlink(path, &target, target.count)
      if count > 0 {
        return .link(
          path, to: String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self))
      }
      return access(path, F_OK) == 0 ? .folder(path) : nil
    }
  }
}
