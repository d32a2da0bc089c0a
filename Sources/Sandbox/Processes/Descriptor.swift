import CLinux
import Glibc

/// A file descriptor that is closed exactly once, with its last owner.
final class Descriptor {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  /// Two ends of a pipe: what is written to the second is read from the first.
  static func pipe() throws(SandboxError) -> (reading: Descriptor, writing: Descriptor) {
    var ends: [Int32] = [-1, -1]
    let failure = clinux_pipe(&ends)
    guard failure == 0 else { throw .system("make a pipe", failure) }
    return (Descriptor(ends[0]), Descriptor(ends[1]))
  }

  /// The writing end of a pipe that is a reading end as well, so that whoever holds it can write to it even when nobody else reads any more.
  static func unbroken(_ writing: Descriptor) throws(SandboxError) -> Descriptor {
    let number = withExtendedLifetime(writing) {
      open("/proc/self/fd/\(writing.number)", O_RDWR | O_CLOEXEC)
    }
    guard number >= 0 else { throw .system("open a pipe for reading and writing", errno) }
    return Descriptor(number)
  }

  /// A file in memory with these bytes, to be read from its beginning.
  static func memoryFile(_ bytes: [UInt8]) throws(SandboxError) -> Descriptor {
    let number = clinux_memory_file(bytes, bytes.count)
    guard number >= 0 else { throw .system("make a file in memory", errno) }
    return Descriptor(number)
  }

  /// Lets reads and writes return at once when there is nothing to read or no room.
  func setNonBlocking() {
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
  }

  /// What a read found.
  enum ReadResult {
    case bytes([UInt8])
    /// Nothing now.
    case nothing
    /// The other side is closed, or the read failed.
    case end
  }

  /// Reads what is there, at most 64 KiB.
  func read() -> ReadResult {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      let result = Glibc.read(number, buffer.baseAddress, buffer.count)
      count = max(0, result)
      failed = result < 0
    }
    if failed { return errno == EAGAIN || errno == EINTR ? .nothing : .end }
    return bytes.isEmpty ? .end : .bytes(bytes)
  }

  /// Writes as much as there is room for; how much that was, or nil when the other side is closed.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    let result = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
    if result >= 0 { return result }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }
}

extension SandboxError {
  /// A call of the system failed that should not have: no memory, or no descriptor is left.
  static func system(_ doing: String, _ number: Int32) -> SandboxError {
    SandboxError(
      .unavailable, "Python code cannot be run now: could not \(doing): \(String(cString: strerror(number)))."
    )
  }
}
