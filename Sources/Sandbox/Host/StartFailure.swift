import Basics

/// Reads what bubblewrap and the worker said when a start failed, and says what to do about it.
enum StartFailure {
  /// - Parameters:
  ///   - words: what was written to standard error, or the worker's own report.
  ///   - status: the exit code, or a signal as a negative number; nil while the process still runs.
  static func explain(_ words: String, status: Int32?) -> SandboxError {
    let words = String(words.trimmed.prefix(600))
    if let hint = hint(for: words) {
      return SandboxError(
        .unavailable, "Python code cannot be run here, the sandbox could not be made: \(words)", hint: hint)
    }
    let ending = status.map { $0 < 0 ? "signal \(-$0)" : "code \($0)" } ?? "no word in time"
    let said = words.isEmpty ? "" : ": \(words)"
    return SandboxError(
      .unavailable, "Python code cannot be run here, the sandbox's worker did not start (\(ending))\(said)",
      hint: "AGENTHUB_PYTHON names the interpreter, AGENTHUB_PYTHON_MEMORY_MB what it may take.")
  }

  private static let namespaceHint = """
    The system refuses user namespaces. On the host: sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000, on \
    Ubuntu 24.04 also kernel.apparmor_restrict_unprivileged_userns=0. In a container: --security-opt seccomp=unconfined \
    --security-opt apparmor=unconfined.
    """

  private static func hint(for words: String) -> String? {
    guard words.contains("bwrap:") else { return nil }
    if words.contains("Unknown option") { return "bubblewrap 0.7 or later is needed." }
    let namespaceSigns = [
      "namespace", "No permissions", "uid map", "gid map", "Failed to make / slave", "pivot_root",
      "Failed RTM_NEWADDR", "loopback",
    ]
    if namespaceSigns.contains(where: words.contains) { return Self.namespaceHint }
    return "bubblewrap's own words are above; it must be able to mount and to make namespaces."
  }
}
