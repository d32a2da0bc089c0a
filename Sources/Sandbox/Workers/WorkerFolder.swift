import Glibc

/// A worker's own folder on the host, which it sees read-only: its data set is linked into it once the call is known.
///
/// So a worker can be started before anybody knows for whom, and a data set is neither copied nor writable in the sandbox.
struct WorkerFolder {
  let path: String

  private static let prefix = "worker-"

  /// Makes the folder of all workers, and removes the folders that an earlier hub left there, after their processes.
  static func prepare(_ folder: String, bubblewrap: [String]) throws(SandboxError) {
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw .system("make the folder \(folder)", errno)
    }
    let left = names(in: folder).filter { $0.hasPrefix(prefix) }.map { "\(folder)/\($0)" }
    guard !left.isEmpty else { return }
    Leftovers.end { arguments in
      arguments.first.map(bubblewrap.contains) == true && arguments.contains(where: left.contains)
    }
    for path in left { WorkerFolder(path: path).remove() }
  }

  /// Makes the folder of one worker.
  static func make(in folder: String, worker: Int) throws(SandboxError) -> WorkerFolder {
    let path = "\(folder)/\(prefix)\(worker)"
    guard mkdir(path, 0o700) == 0 else { throw .system("make the folder \(path)", errno) }
    return WorkerFolder(path: path)
  }

  /// Lays a data set into the folder: as a link, or as a copy when it is on another file system.
  func lay(_ table: TableFile) throws(SandboxError) {
    let target = "\(path)/\(PythonCallEncoder.tableName)"
    if linkat(AT_FDCWD, table.path, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0 { return }
    guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP].contains(errno), copy(table.path, to: target) else {
      let reason = String(cString: strerror(errno))
      throw SandboxError(.failed, "The data set cannot be read: \(reason).")
    }
  }

  /// Removes the folder and what is in it.
  func remove() {
    for name in Self.names(in: path) { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  private func copy(_ source: String, to target: String) -> Bool {
    let reading = open(source, O_RDONLY | O_CLOEXEC)
    guard reading >= 0 else { return false }
    defer { close(reading) }
    let writing = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard writing >= 0 else { return false }
    defer { close(writing) }
    while true {
      let count = sendfile(writing, reading, nil, 1 << 30)
      if count <= 0 { return count == 0 }
    }
  }

  static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
