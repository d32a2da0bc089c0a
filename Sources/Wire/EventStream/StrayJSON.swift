/// JSON spread over lines, gathered until its brackets balance. It counts brackets and skips strings, nothing more.
struct StrayJSON: Sendable {
  private(set) var bytes: [UInt8] = []
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// Whether a document was begun and is not over.
  var isOpen: Bool { !bytes.isEmpty }

  /// Takes one more line and gives the document if the line ends it.
  mutating func take(_ line: ArraySlice<UInt8>) -> [UInt8]? {
    if isOpen { bytes.append(UInt8(ascii: "\n")) }
    bytes.append(contentsOf: line)
    for byte in line { count(byte) }
    guard depth <= 0, !isInString else { return nil }
    defer { self = StrayJSON() }
    return bytes
  }

  private mutating func count(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if isInString {
      isEscaped = byte == UInt8(ascii: "\\")
      isInString = byte != UInt8(ascii: "\"")
    } else {
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
    }
  }
}
