import Basics
import Fetch
import Model
import Tools

/// The body of a server's answer: its beginning, and how much there was.
struct ToolResponseBody: Sendable {
  /// Bytes that are read at most; what comes behind the beginning is only counted.
  static let readLimit = 8 << 20

  private(set) var beginning: [UInt8] = []
  private(set) var count = 0

  init(beginning: [UInt8], count: Int) {
    self.beginning = beginning
    self.count = count
  }

  /// - Parameter limit: bytes that are kept.
  init(of transfer: Transfer, _ head: FetchHead, limit: Int) async throws(FetchError) {
    reading: while true {
      guard case .bytes(let bytes) = try await transfer.next() else { break }
      count += bytes.count
      if beginning.count < limit { beginning += bytes.prefix(limit - beginning.count) }
      if count > Self.readLimit {
        transfer.cancel()
        count = max(count, head["content-length"].flatMap { Int($0) } ?? 0)
        break reading
      }
    }
  }
}

/// A server's answer, as a model reads it.
struct ToolResponse: Sendable {
  let head: FetchHead
  let body: ToolResponseBody
  let secrets: [String]

  var answer: ToolAnswer {
    switch head.status {
    case 200..<300: content
    case 300..<400:
      .text(
        "HTTP \(head.status): the server sent a redirect, which is not followed. The tool's URL should be the final one.",
        isError: true)
    default: failure
    }
  }

  private var content: ToolAnswer {
    guard body.count > 0 else { return .text("HTTP \(head.status), without content.") }
    guard let text else {
      let type = head["content-type"] ?? "an unknown type"
      return .text("The server sent \(body.count) bytes of \(type), which is no text.", isError: true)
    }
    return ToolAnswer(parts: [.text(text)], wholeBytes: wholeBytes)
  }

  private var failure: ToolAnswer {
    let words = text.map { "\n\($0)" } ?? ""
    return ToolAnswer(parts: [.text("HTTP \(head.status)\(words)")], isError: true, wholeBytes: wholeBytes)
  }

  /// Nil when the beginning is all: masked secrets have made it shorter.
  private var wholeBytes: Int? { body.count > body.beginning.count ? body.count : nil }

  /// The beginning as text, without a character that is cut at its end; nil when it is none.
  private var text: String? {
    var bytes = body.beginning[...]
    if bytes.count < body.count {
      // At most three bytes of a character without its last one (RFC 3629 §3).
      let tail = bytes.suffix(4).reversed().prefix { $0 & 0xC0 == 0x80 }.count
      if tail < 4, let lead = bytes.dropLast(tail).last, lead >= 0xC0 {
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        if tail + 1 < length { bytes = bytes.dropLast(tail + 1) }
      }
    }
    guard !bytes.contains(0) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return SecretMask.mask(text, known: secrets)
  }
}
