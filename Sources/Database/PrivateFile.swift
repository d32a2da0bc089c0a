import Glibc

/// Files that only their owner may read: agents' configurations may hold keys.
enum PrivateFile {
  /// Makes an empty file unless there is one. SQLite gives the files beside a database the database's own rights.
  ///
  /// A failure is left to SQLite, which will say why it cannot open the file.
  ///
  /// - Returns: whether the file is new.
  @discardableResult
  static func make(at path: String) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file >= 0 { close(file) }
    return file >= 0
  }

  /// Whether a folder is where the file should be.
  static func isFolder(at path: String) -> Bool {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 { close(folder) }
    return folder >= 0
  }
}
