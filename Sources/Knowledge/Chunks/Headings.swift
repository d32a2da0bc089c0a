/// Where the sections of a text begin, and under which headings each stands.
struct Headings {
  private(set) var places: [Int] = []
  private var paths: [String] = []
  private static let longestPath = 200

  /// Finds the headings of Markdown; texts of other kinds have none.
  init(of text: [UInt8]) {
    var lines = MarkdownLines()
    var open: [(level: Int, text: String)] = []
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
      if let heading = lines.heading(in: text[start..<end]) {
        open.removeAll { $0.level >= heading.level }
        open.append(heading)
        places.append(start)
        paths.append(Self.path(open.map(\.text)))
      }
      start = end + 1
    }
  }

  private static func path(_ names: [String]) -> String {
    let path = names.filter { !$0.isEmpty }.joined(separator: " > ")
    return path.count <= longestPath ? path : String(path.prefix(longestPath - 1)) + "…"
  }

  /// The headings above a place, or of the section that begins there.
  func path(at place: Int) -> String {
    let index = firstIndex(after: place)
    return index == 0 ? "" : paths[index - 1]
  }

  /// The first section that begins in a range of places.
  func first(in range: ClosedRange<Int>) -> Int? {
    let index = firstIndex(after: range.lowerBound - 1)
    guard index < places.count, places[index] <= range.upperBound else { return nil }
    return places[index]
  }

  /// The index of the first heading behind a place.
  private func firstIndex(after place: Int) -> Int {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle] <= place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
