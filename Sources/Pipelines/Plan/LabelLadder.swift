package import Basics

/// Finds the label in a model's answer, however badly the answer is formed: whole text, fence, first object, signs of code, default.
///
/// A question must never fail because a model cannot keep to a form.
package struct LabelLadder: Equatable, Sendable {
  /// What was found.
  package struct Finding: Equatable, Sendable {
    package let label: String
    /// The object the label stood in, or one made up with the label and the raw answer as `reasoning`.
    package let data: JSON
  }

  /// In the spelling that is wanted.
  package var labels: [String]
  /// What counts when nothing is found, or something unknown.
  package var otherwise: String
  /// The member of the object that holds the label.
  package var member: String
  /// The label of an answer that is code, by the language's name: models asked to write code often just do.
  package var languages: [String: String]

  /// Words of a question that asks for code.
  private static let requests = ["write", "run", "execute", "generate", "create"]

  package init(labels: [String], otherwise: String, member: String, languages: [String: String] = [:]) {
    self.labels = labels
    self.otherwise = otherwise
    self.member = member
    self.languages = languages
  }

  /// - Parameter question: what the user asked.
  package func find(in answer: String, question: String) -> Finding {
    if let word = label(spelled: answer) { return made(word, answer) }
    let objects = AnswerObject.candidates(in: answer)
    if let object = objects.first(where: { $0[member] != nil }) {
      return found(in: object)
    }
    return made(labelOfCode(answer, question) ?? otherwise, answer)
  }

  private func found(in object: JSON) -> Finding {
    let label = object[member]?.string.flatMap(label(spelled:))
    guard label == nil, var members = object.object else {
      return Finding(label: label ?? otherwise, data: object)
    }
    members[member] = .string(otherwise)
    return Finding(label: otherwise, data: .object(members))
  }

  private func made(_ label: String, _ answer: String) -> Finding {
    var object: JSONObject = [:]
    object[member] = .string(label)
    object["reasoning"] = .string(answer)
    return Finding(label: label, data: .object(object))
  }

  /// The label that a text is, but for case, blanks and marks around it.
  private func label(spelled text: String) -> String? {
    let isPart = { (character: Character) in character.isLetter || character.isNumber || character == "_" }
    guard let first = text.firstIndex(where: isPart), let last = text.lastIndex(where: isPart) else {
      return nil
    }
    let word = text[first...last].lowercased()
    return labels.first { $0.lowercased() == word }
  }

  private func labelOfCode(_ answer: String, _ question: String) -> String? {
    let words = Set(question.lowercased().split { !$0.isLetter }.map(String.init))
    guard !words.isDisjoint(with: Self.requests), answer.contains("```") else { return nil }
    let text = answer.lowercased()
    let named = languages.keys.sorted()
    let language =
      named.first { text.contains("```\($0)") } ?? named.first { text.contains($0) || words.contains($0) }
    return language.flatMap { languages[$0] }
  }
}

/// JSON objects in a model's prose.
package enum AnswerObject {
  /// Those that could be meant, best first: the whole text, what stands in fences, then every balanced object.
  package static func candidates(in text: String) -> [JSON] {
    var texts = [text]
    let parts = text.split(separator: "```", omittingEmptySubsequences: false)
    for index in stride(from: 1, to: parts.count, by: 2) { texts.append(withoutLanguage(parts[index])) }
    return (texts + balanced(in: text)).compactMap { text in
      guard let json = try? JSON.parse(text), json.object != nil else { return nil }
      return json
    }
  }

  /// The best one; nil when there is none.
  package static func first(in text: String) -> JSON? { candidates(in: text).first }

  private static func withoutLanguage(_ fence: Substring) -> String {
    let start = fence.firstIndex { !$0.isLetter && !$0.isNumber } ?? fence.startIndex
    return String(fence[start...])
  }

  /// Braces that are tried at most: each one costs a look at the rest of the text.
  private static let mostTries = 64

  /// Texts from a brace to the one that closes it; braces in strings do not count.
  private static func balanced(in text: String) -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    var (index, tries) = (0, 0)
    while let start = bytes[index...].firstIndex(of: UInt8(ascii: "{")), tries < mostTries {
      tries += 1
      index = start + 1
      if let end = end(of: bytes, from: start) {
        found.append(String(decoding: bytes[start...end], as: UTF8.self))
        index = end + 1
      }
    }
    return found
  }

  private static func end(of bytes: [UInt8], from start: Int) -> Int? {
    var (depth, isInString, isEscaped) = (0, false, false)
    for index in start..<bytes.count {
      let byte = bytes[index]
      if isEscaped {
        isEscaped = false
      } else if isInString {
        if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if byte == UInt8(ascii: "{") {
        depth += 1
      } else if byte == UInt8(ascii: "}") {
        depth -= 1
        if depth == 0 { return index }
      }
    }
    return nil
  }
}
