package import Model

/// What was talked about so far, in numbers and topics. It changes with every tenth message only, so that what is made from it stays the same
/// meanwhile.
package struct RunningSummary: Equatable, Sendable {
  package let messageCount: Int
  package let questionCount: Int
  package let answerCount: Int
  package let queryCount: Int
  package let pythonCount: Int
  /// The newest questions, the oldest of them first.
  package let topics: [String]

  /// Messages between two summaries.
  package static let stride = 10
  /// From so many messages on it is one line.
  package static let digestFrom = 50
  private static let topicCount = 5
  private static let topicCharacters = 80

  /// Nil while there are too few messages.
  ///
  /// - Parameters:
  ///   - messages: all that were said, the oldest first.
  ///   - queryCount: how often SQL was run; `pythonCount` likewise.
  package init?(of messages: [ChatMessage], queryCount: Int, pythonCount: Int) {
    let covered = messages.prefix(messages.count / Self.stride * Self.stride)
    guard !covered.isEmpty else { return nil }
    let questions = covered.filter(\.isQuestion)
    messageCount = covered.count
    questionCount = questions.count
    answerCount = covered.count - questions.count
    self.queryCount = queryCount
    self.pythonCount = pythonCount
    topics = questions.suffix(Self.topicCount).map { $0.readableText.cut(to: Self.topicCharacters) }
  }

  /// The summary as text: lines, or one line once there are many messages.
  package var text: String {
    let counts =
      "\(questionCount) questions, \(answerCount) answers, \(queryCount) SQL analyses, \(pythonCount) Python analyses"
    if messageCount >= Self.digestFrom {
      return "\(messageCount) messages: \(counts). Last topic: \(topics.last ?? "none")"
    }
    return (["So far: \(counts).", "Topics:"] + topics.map { "- \($0)" }).joined(separator: "\n")
  }
}
