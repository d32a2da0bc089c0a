/// What a conversation has found out lately, for the prompt of the next question: so that "that job" and "the first one" mean something.
struct ResultMemory: Equatable {
  /// How many results are kept.
  static let most = 3
  /// Some 2000 tokens of four bytes each.
  static let mostBytes = 8000

  /// The newest first.
  let results: [RememberedResult]

  static let nothing = "Nothing was looked up earlier in this conversation."

  /// In words, the newest result with the most room.
  var text: String {
    guard !results.isEmpty else { return Self.nothing }
    var text = """
      What was looked up earlier in this conversation, the newest first. "The first one", "that job", "that technician" mean rows and ids of it: \
      use those ids.
      """
    var room = Self.mostBytes - text.utf8.count
    for (index, result) in results.enumerated() {
      let share = index + 1 < results.count ? room / 2 : room
      let words = "\n\nResult \(index + 1)" + (index == 0 ? " (the newest)" : "") + "\n"
      let part = words + result.text(within: share - words.utf8.count)
      text += part
      room -= part.utf8.count
    }
    return text
  }
}
