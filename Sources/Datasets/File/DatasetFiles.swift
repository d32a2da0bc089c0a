import Glibc

/// Where data sets keep their files: one database each, named by the data set's id, in a folder that only its owner can read.
struct DatasetFiles {
  private let folder: String

  /// Makes the folder unless it is there.
  ///
  /// - Throws: the system's error, as `datasets_folder`.
  init(folder: String) throws(DatasetError) {
    self.init(in: folder)
    try make()
  }

  /// Files of a folder that `make` makes when there is something to put into it.
  init(in folder: String) { self.folder = folder }

  /// Makes the folder unless it is there.
  ///
  /// - Throws: the system's error, as `datasets_folder`.
  func make() throws(DatasetError) {
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw Self.failure("make the folder \(folder)")
    }
  }

  /// The database of a data set.
  func database(_ id: String) -> String { "\(folder)/\(Self.name(id)).db" }
  /// The upload of a data set, until it is imported.
  func upload(_ id: String) -> String { "\(folder)/\(Self.name(id)).csv" }

  func exists(_ id: String) -> Bool { exists(path: database(id)) }
  func exists(path: String) -> Bool { access(path, R_OK) == 0 }

  /// Removes whatever a data set has here.
  func remove(_ id: String) {
    for path in [database(id), database(id) + ".part", upload(id)] { unlink(path) }
  }

  /// Ids come from outside, too: nothing in one may lead out of the folder, and two ids never share a file.
  private static func name(_ id: String) -> String {
    var name = ""
    for byte in id.utf8.prefix(100) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        name.unicodeScalars.append(Unicode.Scalar(byte))
      default: name += "_" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return name
  }

  /// Removes files of no known data set, and whatever is half.
  ///
  /// - Returns: how many were removed.
  func sweep(keeping ids: [String]) -> Int {
    let kept = Set(ids.map { "\(Self.name($0)).db" })
    return names.count { name in
      let isOurs = [".db", ".part", ".csv", ".db-journal"].contains { name.hasSuffix($0) }
      return isOurs && !kept.contains(name) && unlink("\(folder)/\(name)") == 0
    }
  }

  /// How many databases there are.
  var databaseCount: Int { names.count { $0.hasSuffix(".db") } }

  private var names: [String] {
    guard let listing = opendir(folder) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }

  /// Makes a complete file last, then gives it its name.
  static func publish(_ part: String, as path: String) throws(DatasetError) {
    let file = open(part, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("open \(part)") }
    let isSynced = fsync(file) == 0
    close(file)
    guard isSynced, rename(part, path) == 0 else { throw failure("keep \(path)") }
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    let directory = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  /// The error that the system just reported.
  static func failure(_ doing: String) -> DatasetError {
    let reason = errno
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(reason)
    return .storage(
      code: isFull ? "disk_full" : "datasets_folder",
      message: "Could not \(doing): \(String(cString: strerror(reason))).")
  }
}
