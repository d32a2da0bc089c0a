import Basics

/// What the host's interpreter tells about itself: where it lives, and which libraries it finds.
package struct HostPython: Equatable, Sendable {
  /// Where Debian keeps it.
  package static let usualPath = "/usr/bin/python3"

  /// The interpreter's own path, behind whatever starts it.
  package let executable: String
  /// For instance `3.11.2`.
  package let version: String
  /// Every folder and file that must be seen in the sandbox for it to run.
  let paths: [String]
  /// The libraries it finds.
  package let modules: [PythonModule]

  /// Run by the interpreter itself, isolated from the environment; prints one object.
  ///
  /// The prefix counts only away from the system's folders, for instance of a virtual environment: `/usr` as a whole would show every
  /// program of the host.
  static let question = """
    import sys, os, sysconfig, json, importlib.util
    system = ("/usr", "/usr/local", "/")
    paths = [p for p in sys.path if os.path.isdir(p)]
    paths += [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    paths += [p for p in (sys.prefix, sys.base_prefix, sys.exec_prefix) if p not in system]
    triplet = sysconfig.get_config_var("MULTIARCH") or ""
    libraries = [sysconfig.get_config_var("LIBDIR") or ""]
    paths += [p for p in libraries if p not in ("/usr/lib", "/lib", "") and os.path.isdir(p)]
    names = ("numpy", "pandas", "scipy")
    print(json.dumps({
      "executable": sys.executable, "real": os.path.realpath(sys.executable),
      "version": "%d.%d.%d" % sys.version_info[:3], "triplet": triplet, "paths": paths,
      "modules": [n for n in names if importlib.util.find_spec(n)]}))
    """

  /// Reads the answer to the question; nil when it is none.
  init?(answer: [UInt8]) {
    guard let answer = try? JSON.parse(answer), let executable = answer["executable"]?.string,
      let real = answer["real"]?.string, let version = answer["version"]?.string,
      let triplet = answer["triplet"]?.string
    else { return nil }
    self.executable = executable
    self.version = version
    let listed = answer["paths"]?.array?.compactMap(\.string) ?? []
    let libraries = triplet.isEmpty ? [] : ["/usr/lib/\(triplet)"]
    paths = Self.outermost(listed + libraries + [executable, real])
    modules = answer["modules"]?.array?.compactMap { $0.string.flatMap(PythonModule.init) } ?? []
  }

  /// The paths without those that lie in another one, sorted.
  static func outermost(_ paths: [String]) -> [String] {
    var kept: [String] = []
    for path in Set(paths.filter { $0.hasPrefix("/") }).sorted() {
      if !kept.contains(where: { path.hasPrefix($0 + "/") }) { kept.append(path) }
    }
    return kept
  }
}
