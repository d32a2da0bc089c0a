/// The text of an HTML page: headings as Markdown has them, paragraphs apart, no scripts. Reads any bytes once and never fails; it is no
/// parser of the standard, and nothing of the page is run or loaded.
struct HTMLText {
  private let bytes: [UInt8]
  private var position = 0
  private var output: [UInt8] = []
  private var title: [UInt8]?
  /// Line ends and a blank that come before the next character, if there is one.
  private var breaks = 0
  private var wantsBlank = false
  private var openPreformatted = 0

  private init(_ html: String) { bytes = Array(html.utf8) }

  /// Reads a page.
  static func read(_ html: String) -> (title: String?, text: String) {
    var reader = Self(html)
    reader.run()
    let title = reader.title.map { String(decoding: $0, as: UTF8.self) }
    return (title.flatMap { $0.isEmpty ? nil : $0 }, String(decoding: reader.output, as: UTF8.self))
  }

  private mutating func run() {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "<"): readMarkup()
      case UInt8(ascii: "&"): for byte in readReference() { emit(byte) }
      default:
        emit(bytes[position])
        position += 1
      }
    }
    if !output.isEmpty { output.append(UInt8(ascii: "\n")) }
  }

  // MARK: Text

  private mutating func emit(_ byte: UInt8) {
    let isBlank = byte == UInt8(ascii: " ") || (9...13).contains(byte)
    if isBlank, openPreformatted == 0 {
      wantsBlank = true
    } else if isBlank, byte == UInt8(ascii: "\n") {
      output.append(byte)
    } else {
      put(byte)
    }
  }

  private mutating func put(_ byte: UInt8) {
    if breaks > 0, !output.isEmpty {
      while output.last == UInt8(ascii: "\n"), breaks > 0, output.dropLast().last == UInt8(ascii: "\n") {
        breaks = 0
      }
      output.append(contentsOf: repeatElement(UInt8(ascii: "\n"), count: breaks))
    } else if wantsBlank, let last = output.last, last != UInt8(ascii: "\n"), last != UInt8(ascii: " ") {
      output.append(UInt8(ascii: " "))
    }
    breaks = 0
    wantsBlank = false
    output.append(byte)
  }

  private mutating func separate(by count: Int) { breaks = max(breaks, count) }

  private mutating func put(_ text: String) { for byte in text.utf8 { put(byte) } }

  // MARK: Markup

  private mutating func readMarkup() {
    if sees("<!--") {
      position = end(of: "-->", from: position + 4)
      return
    }
    let next = position + 1 < bytes.count ? bytes[position + 1] : 0
    if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
      position = end(of: ">", from: position)
    } else if next == UInt8(ascii: "/") || Self.isLetter(next) {
      readTag(isClosing: next == UInt8(ascii: "/"))
    } else {
      emit(bytes[position])
      position += 1
    }
  }

  private mutating func readTag(isClosing: Bool) {
    var cursor = position + (isClosing ? 2 : 1)
    let start = cursor
    while cursor < bytes.count, Self.isLetter(bytes[cursor]) || Self.isDigit(bytes[cursor]) { cursor += 1 }
    let name = String(decoding: bytes[start..<cursor].prefix(16), as: UTF8.self).lowercased()
    position = endOfTag(from: cursor)
    if !isClosing, Self.silent.contains(name) {
      position = endOfElement(name)
    } else if !isClosing, name == "title" {
      readTitle()
    } else {
      arrange(name, isClosing: isClosing)
    }
  }

  /// Attributes may hold `>` between quotes.
  private func endOfTag(from start: Int) -> Int {
    var quote: UInt8?
    for cursor in start..<max(start, bytes.count) {
      let byte = bytes[cursor]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        return cursor + 1
      }
    }
    return bytes.count
  }

  private func endOfElement(_ name: String) -> Int {
    let mark = Array("</\(name)".utf8)
    var cursor = position
    while cursor + mark.count <= bytes.count {
      if bytes[cursor] == UInt8(ascii: "<"),
        zip(bytes[cursor...], mark).allSatisfy({ $0 | (Self.isLetter($0) ? 0x20 : 0) == $1 })
      {
        return endOfTag(from: cursor + mark.count)
      }
      cursor += 1
    }
    return bytes.count
  }

  private mutating func readTitle() {
    var inner = Self("")
    let end = endOfElement("title")
    while position < end, bytes[position] != UInt8(ascii: "<") {
      if bytes[position] == UInt8(ascii: "&") {
        for byte in readReference() { inner.emit(byte) }
      } else {
        inner.emit(bytes[position])
        position += 1
      }
    }
    title = title ?? inner.output
    position = max(end, position)
  }

  private mutating func arrange(_ name: String, isClosing: Bool) {
    switch name {
    case "h1", "h2", "h3", "h4", "h5", "h6":
      separate(by: 2)
      if !isClosing, let level = name.last?.wholeNumberValue {
        put(String(repeating: "#", count: level))
        wantsBlank = true
      }
    case "li":
      separate(by: 1)
      if !isClosing { put("- ") }
    case "td", "th":
      if !isClosing, breaks == 0, output.last != UInt8(ascii: "\n") { put(" | ") }
    case "br", "tr", "div", "dt", "dd", "option": separate(by: 1)
    case "pre":
      separate(by: 2)
      openPreformatted = max(0, openPreformatted + (isClosing ? -1 : 1))
    case _ where Self.paragraphs.contains(name): separate(by: 2)
    default: break
    }
  }

  private static let silent: Set<String> = [
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "textarea",
    "select",
  ]
  private static let paragraphs: Set<String> = [
    "p", "ul", "ol", "dl", "table", "section", "article", "header", "footer", "main", "nav", "aside",
    "blockquote", "figure", "figcaption", "form", "fieldset", "hr", "body", "address", "details", "summary",
  ]

  // MARK: References

  /// Reads `&name;` or `&#123;`; what is none stands for itself.
  private mutating func readReference() -> [UInt8] {
    let tail = bytes[(position + 1)...].prefix(12)
    guard let end = tail.firstIndex(of: UInt8(ascii: ";")) else {
      position += 1
      return [UInt8(ascii: "&")]
    }
    let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
    guard let scalar = Self.scalar(of: name) else {
      position += 1
      return [UInt8(ascii: "&")]
    }
    position = end + 1
    return Array(String(Character(scalar)).utf8)
  }

  private static func scalar(of name: String) -> Unicode.Scalar? {
    guard name.hasPrefix("#") else { return names[name].flatMap { Unicode.Scalar($0) } }
    let digits = name.dropFirst()
    let isHexadecimal = digits.first == "x" || digits.first == "X"
    let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    // A zero byte would be taken for a binary file's.
    return number.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
  }

  /// Those that occur in ordinary pages; all others are written as characters today.
  private static let names: [String: UInt32] = [
    "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "nbsp": 0x20, "copy": 0xA9, "reg": 0xAE,
    "trade": 0x2122, "mdash": 0x2014, "ndash": 0x2013, "hellip": 0x2026, "lsquo": 0x2018, "rsquo": 0x2019,
    "ldquo": 0x201C, "rdquo": 0x201D, "bull": 0x2022, "middot": 0xB7, "euro": 0x20AC, "pound": 0xA3,
    "sect": 0xA7, "deg": 0xB0, "times": 0xD7, "auml": 0xE4, "ouml": 0xF6, "uuml": 0xFC, "Auml": 0xC4,
    "Ouml": 0xD6, "Uuml": 0xDC, "szlig": 0xDF, "eacute": 0xE9, "egrave": 0xE8, "agrave": 0xE0,
    "ccedil": 0xE7, "ntilde": 0xF1, "shy": 0xAD, "laquo": 0xAB, "raquo": 0xBB,
  ]

  // MARK: Bytes

  private func sees(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

  /// The place behind the next occurrence of a mark, or the end.
  private func end(of mark: String, from start: Int) -> Int {
    let mark = Array(mark.utf8)
    var cursor = start
    while cursor + mark.count <= bytes.count {
      if bytes[cursor...].starts(with: mark) { return cursor + mark.count }
      cursor += 1
    }
    return bytes.count
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
