package import Basics
import Glibc
package import Model
import Synchronization

/// A CSV file on its way in: bytes go to a file as they come, and become a data set at the end.
package final class DatasetUpload: Sendable {
  private struct State: ~Copyable {
    /// Nil once the upload has ended.
    var descriptor: Int32?
    var count = 0
  }

  package let id: Identifier<Dataset>
  package let filename: String
  let path: String
  let tenant: String
  private let limit: Int
  private let state: Mutex<State>

  init(
    id: Identifier<Dataset>, filename: String, path: String, limit: Int, tenant: String
  ) throws(DatasetError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw DatasetFiles.failure("take the upload \(filename)") }
    self.id = id
    self.filename = filename
    self.path = path
    self.limit = limit
    self.tenant = tenant
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { cancel() }

  /// Takes the next bytes of the file, in pieces of any size.
  ///
  /// - Throws: `dataset_too_large`, `disk_full`, `upload_ended`. The upload is over then, and leaves nothing behind.
  package func append(_ bytes: [UInt8]) throws(DatasetError) {
    let result: Result<Void, DatasetError> = state.withLock { state in
      guard let descriptor = state.descriptor else { return .failure(.uploadEnded) }
      state.count += bytes.count
      guard state.count <= limit else { return .failure(.tooLarge(what: "bytes", limit: limit)) }
      return Self.write(bytes, to: descriptor)
    }
    guard case .failure(let error) = result else { return }
    cancel()
    throw error
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Result<Void, DatasetError> {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return .failure(DatasetFiles.failure("store an upload")) }
      written += count
    }
    return .success(())
  }

  /// Takes everything back. Does nothing once the upload is over.
  package func cancel() {
    if end() { unlink(path) }
  }

  /// Closes the file and leaves it where it is; false when the upload was over before.
  func end() -> Bool {
    guard let descriptor = state.withLock({ $0.descriptor.take() }) else { return false }
    close(descriptor)
    return true
  }
}
