import Basics
import Datasets
import WebServer
import Wire

/// A form with the file of a data set, taken piece by piece.
struct UploadForm {
  /// The form's field that brings the file.
  private static let field = "file"
  /// Bytes of a form beside the file.
  private static let overhead = 1 << 20

  private let datasets: DatasetService
  private var parser: MultipartParser
  private var upload: DatasetUpload?
  /// Whether the bytes that come are the file's.
  private var isInFile = false
  private var count = 0

  /// Reads a form to its end.
  ///
  /// - Returns: the upload, whose file is whole; still to be finished.
  /// - Throws: `validation_failed` without a file, `invalid_multipart`, `dataset_not_csv`, `dataset_too_large`, `disk_full`, `body_cut`. Nothing of the
  ///   upload is left then.
  static func read(
    _ request: Request, _ stream: BodyStream, into datasets: DatasetService
  ) async throws -> DatasetUpload {
    guard let parser = try? MultipartParser(contentType: request.fields["Content-Type"]) else {
      throw missing
    }
    var form = UploadForm(datasets, parser)
    if case .length(let length) = request.head.framing { try form.bound(length) }
    do {
      while let bytes = try await stream.next() { try form.take(bytes) }
      try form.parser.finish()
      guard let upload = form.upload else { throw missing }
      return upload
    } catch {
      form.upload?.cancel()
      throw error
    }
  }

  private init(_ datasets: DatasetService, _ parser: MultipartParser) {
    self.datasets = datasets
    self.parser = parser
  }

  private static let missing = BodyFaults([.missing(at: [.string(field)], in: .null)])

  private mutating func take(_ bytes: [UInt8]) throws {
    count += bytes.count
    try bound(count)
    parser.receive(bytes)
    while let piece = try parser.next() {
      switch piece {
      case .head(let head): try begin(head)
      case .body(let bytes): if isInFile { try upload?.append(bytes) }
      case .end: isInFile = false
      }
    }
  }

  /// The first file of the field is the data set; fields of other names mean nothing.
  private mutating func begin(_ head: MultipartHead) throws {
    guard head.name == Self.field, let filename = head.filename, upload == nil else { return }
    upload = try datasets.upload(filename: filename)
    isInFile = true
  }

  private func bound(_ count: Int) throws {
    let limit = datasets.limits.uploadBytes
    guard count - Self.overhead <= limit else { throw DatasetError.tooLarge(what: "bytes", limit: limit) }
  }
}
