import Basics

/// The command line of bubblewrap for one worker: what the sandbox is made of, from nothing up.
package struct BubblewrapArguments: Sendable {
  /// The places of the descriptors that bubblewrap and the worker are given.
  enum Descriptor: Int, CaseIterable {
    case input, output, errors
    /// The filter for the start, which bubblewrap installs.
    case startFilter
    case worker
    /// The filter for the caller's code, which the worker installs.
    case codeFilter
    /// Where bubblewrap tells the first process of the sandbox.
    case report
    /// Bubblewrap begins the worker once it can read from here.
    case gate
  }

  /// Where things are inside.
  enum Inside {
    static let worker = "/sandbox/worker.py"
    static let filter = "/sandbox/filter"
    /// The worker's own folder on the host, into which its data set is linked.
    static let data = "/data"
    static let temporary = "/tmp"
  }

  /// What the system has at its root.
  package enum RootEntry: Equatable, Sendable {
    case folder(String)
    case link(String, to: String)
  }

  /// Shown if they are there: the loader's cache, the links by which Debian chooses a BLAS, time zones, loaders of other layouts.
  private static let systemPaths = [
    "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/usr/share/zoneinfo", "/usr/lib64",
    "/usr/lib/ld-linux-aarch64.so.1",
  ]

  /// One thread for numerical libraries: more would cost every worker their stacks and its neighbours the cores.
  private static let environment = [
    "LANG=C.UTF-8", "HOME=\(Inside.temporary)", "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1",
    "MKL_NUM_THREADS=1",
  ]

  let python: HostPython
  let rootEntries: [RootEntry]
  let configuration: SandboxConfiguration

  /// The arguments after the program's name.
  ///
  /// - Parameter folder: the worker's own folder on the host.
  func list(folder: String) -> [String] {
    isolation + environment + mounts(folder: folder) + descriptors + ["--"] + program
  }

  private var isolation: [String] {
    // The user's namespace is asked for by name also as root: without it, root inside would be root outside.
    [
      "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
      "--unshare-cgroup-try", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--cap-drop",
      "ALL",
      "--new-session", "--die-with-parent",
    ]
  }

  private var environment: [String] {
    ["--clearenv"]
      + Self.environment.flatMap { variable -> [String] in
        let parts = variable.split(separator: "=", maxSplits: 1).map(String.init)
        return ["--setenv"] + parts
      }
  }

  private func mounts(folder: String) -> [String] {
    let temporary = ["--size", "\(configuration.limits.temporaryFiles)", "--tmpfs", Inside.temporary]
    // No /proc: it would tell of the host's memory, processors and kernel settings, and nothing here needs it.
    let devices = ["/dev/null", "/dev/urandom"].flatMap { ["--dev-bind", $0, $0] }
    let system = (Self.systemPaths + python.paths).flatMap { ["--ro-bind-try", $0, $0] }
    let root = rootEntries.flatMap { entry -> [String] in
      switch entry {
      case .folder(let path): ["--ro-bind", path, path]
      case .link(let path, let target): ["--symlink", target, path]
      }
    }
    return temporary + devices + root + system + ["--ro-bind", folder, Inside.data]
  }

  private var descriptors: [String] {
    // What is mounted last closes the rest: the root is a file system in memory without a bound.
    [
      "--ro-bind-data", "\(Descriptor.worker.rawValue)", Inside.worker,
      "--ro-bind-data", "\(Descriptor.codeFilter.rawValue)", Inside.filter,
      "--remount-ro", "/", "--chdir", Inside.temporary,
      "--seccomp", "\(Descriptor.startFilter.rawValue)", "--info-fd", "\(Descriptor.report.rawValue)",
      "--block-fd", "\(Descriptor.gate.rawValue)",
    ]
  }

  private var program: [String] {
    // -I: neither the environment nor the current folder decide what is imported; -B: there is nowhere to keep compiled files.
    [python.executable, "-I", "-B", Inside.worker, JSON.object(options).text]
  }

  private var options: JSONObject {
    let limits = configuration.limits
    return [
      "memory": .integer(Int64(limits.memory)), "file_size": .integer(Int64(limits.temporaryFiles)),
      "open_files": .integer(Int64(limits.openFiles)), "processes": .integer(Int64(limits.threads)),
      "output": .integer(Int64(limits.output)), "answer": .integer(Int64(limits.answer)),
      "modules": .array(configuration.modules.map { .string($0.rawValue) }),
      "filter": .string(Inside.filter),
    ]
  }
}
