import Glibc

/// Where a command's own words go: results to standard output, complaints to standard error. Written by write(2),
/// since buffered output is lost when a process is killed.
struct Terminal: Sendable {
  let write: @Sendable (String) -> Void
  let complain: @Sendable (String) -> Void

  static let standard = Terminal(
    write: { Self.writeAll(STDOUT_FILENO, $0) }, complain: { Self.writeAll(STDERR_FILENO, $0) })

  /// Writes the whole text, in one call unless the kernel takes less. A reader that went away is not our concern.
  static func writeAll(_ descriptor: Int32, _ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
