package import Basics

/// Text with places in it that are filled from a pipeline's input and from the results of its steps.
///
/// A place is `{{input}}`, `{{history}}`, `{{parameters.NAME}}`, `{{steps.ID.text}}`, `{{steps.ID.label}}`, `{{steps.ID.error}}`, or
/// `{{steps.ID.data.MEMBER…}}`, `{{steps.ID.tools.NAME…}}`, where a number is an index. What is not there is empty.
package struct Template: Equatable, Sendable {
  /// One place.
  package struct Reference: Equatable, Sendable {
    package let path: [String]

    /// The step it looks into; nil when it looks elsewhere.
    package var step: String? { path.count > 1 && path[0] == "steps" ? path[1] : nil }
  }

  private enum Piece: Equatable, Sendable {
    case text(String)
    case reference(Reference)
  }

  private static let roots = ["input", "history", "parameters", "steps"]
  private static let results = ["text", "label", "error", "data", "tools"]
  /// Those that have members.
  private static let deep = ["data", "tools"]

  private let pieces: [Piece]
  /// As it was written.
  package let source: String

  /// Reads a template; what is wrong is told in words that follow the member's name.
  package init(_ source: String) throws(TemplateError) {
    self.source = source
    var pieces: [Piece] = []
    var rest = source[...]
    while let open = rest.firstPair(of: UInt8(ascii: "{")) {
      if open.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<open.lowerBound]))) }
      rest = rest[open.upperBound...]
      guard let close = rest.firstPair(of: UInt8(ascii: "}")) else {
        throw TemplateError(reason: "has {{ without }}")
      }
      pieces.append(.reference(try Self.reference(rest[..<close.lowerBound])))
      rest = rest[close.upperBound...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    self.pieces = pieces
  }

  private static func reference(_ text: Substring) throws(TemplateError) -> Reference {
    let name = text.trimmed
    let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let root = path.first, roots.contains(root), !path.contains("") else {
      throw TemplateError(
        reason: "has {{\(name)}}; a place is input, history, parameters.NAME or steps.ID.text")
    }
    let isWhole =
      switch root {
      case "steps":
        path.count >= 3 && results.contains(path[2]) && (path.count == 3 || deep.contains(path[2]))
      case "parameters": path.count >= 2
      default: path.count == 1
      }
    guard isWhole else {
      throw TemplateError(
        reason:
          "has {{\(name)}}; of a step there are \(results.map { "steps.ID.\($0)" }.joined(separator: ", "))"
      )
    }
    return Reference(path: path)
  }

  /// The places, in order.
  package var references: [Reference] {
    pieces.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
  }

  /// The text with its places filled. What goes beyond the bytes of one message is not filled any more: thirty steps that each double the
  /// text before them would fill any memory.
  package func text(in values: PipelineValues) -> String {
    var text = ""
    for piece in pieces where text.utf8.count <= RunMachine.maximumText {
      switch piece {
      case .text(let fixed): text += fixed
      case .reference(let reference): text += Self.shown(values[reference.path])
      }
    }
    return text
  }

  /// The value of a template that is nothing but one place, of whatever kind; else its text.
  package func value(in values: PipelineValues) -> JSON {
    if pieces.count == 1, case .reference(let reference) = pieces[0] {
      return values[reference.path] ?? .null
    }
    return .string(text(in: values))
  }

  private static func shown(_ value: JSON?) -> String {
    switch value {
    case nil, .null?: ""
    case .string(let text)?: text
    case let other?: other.text
    }
  }
}

/// What is wrong with a template, as it follows the name of the member it stands in.
package struct TemplateError: Error, Equatable {
  package let reason: String
}

/// What the places of templates are filled from.
package struct PipelineValues: Equatable, Sendable {
  package var input: String
  /// What was said before in the conversation, oldest first, a line each.
  package var history: String
  /// What the caller gave beside the message.
  package var parameters: JSONObject
  package var steps: [String: StepResult]

  package init(
    input: String, history: String = "", parameters: JSONObject = [:], steps: [String: StepResult] = [:]
  ) {
    self.input = input
    self.history = history
    self.parameters = parameters
    self.steps = steps
  }

  subscript(path: [String]) -> JSON? {
    switch path[0] {
    case "input": .string(input)
    case "history": .string(history)
    case "parameters": .object(parameters)[path.dropFirst()]
    case "steps": steps[path[1]]?.json[path.dropFirst(2)]
    default: nil
    }
  }
}

extension JSON {
  /// What stands at a path of member names and indexes.
  fileprivate subscript(path: ArraySlice<String>) -> JSON? {
    var value = self
    for name in path {
      let next =
        if let array = value.array { Int(name).flatMap { array.indices.contains($0) ? array[$0] : nil } } else
        {
          value[name]
        }
      guard let next else { return nil }
      value = next
    }
    return value
  }
}

extension Substring {
  /// Where two braces first stand, as bytes: a mark that is combined with the second one is part of the text behind them. The standard
  /// library has this for collections only where Foundation or regular expressions are.
  fileprivate func firstPair(of brace: UInt8) -> Range<Index>? {
    var start = startIndex
    while let first = utf8[start...].firstIndex(of: brace) {
      let second = utf8.index(after: first)
      guard second < endIndex else { return nil }
      if utf8[second] == brace { return first..<utf8.index(after: second) }
      start = second
    }
    return nil
  }
}
