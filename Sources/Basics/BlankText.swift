extension StringProtocol {
  /// Whether it is empty or all of it is white space, as Unicode has it.
  package var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

  /// Without the white space at its ends.
  package var trimmed: String {
    let isText = { (scalar: Unicode.Scalar) in !scalar.properties.isWhitespace }
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: isText), let last = scalars.lastIndex(where: isText) else {
      return ""
    }
    return String(self[first..<scalars.index(after: last)])
  }
}
