import Basics
package import Model

/// Puts an answer's events together to the parts of its message, in their order, so that they can be stored and given back.
package struct AnswerParts: Equatable, Sendable {
  private enum TextKind { case text, refusal, reasoning }

  private let provider: String
  private let model: String
  private var closed: [MessagePart] = []
  /// The part that grows, apart from the others so that its text has one owner and grows in place.
  private var growing: TextKind?
  private var text = ""
  private var replay: ReplayState?
  /// Where in `closed` each call stands, by its index in the answer.
  private var calls: [Int: Int] = [:]

  /// - Parameters:
  ///   - provider: the name in `ProviderTable`.
  ///   - model: the model as it was asked for.
  package init(provider: String, model: String) {
    self.provider = provider
    self.model = model
  }

  /// The parts so far. Calls that did not end are not valid.
  package var parts: [MessagePart] { closed + (growingPart.map { [$0] } ?? []) }

  /// Takes the answer's next event.
  package mutating func receive(_ event: ProviderEvent) {
    switch event {
    case .text(let piece): grow(.text, by: piece)
    case .refusal(let piece): grow(.refusal, by: piece)
    case .reasoning(let piece): grow(.reasoning, by: piece)
    case .partEnd: close()
    case .replay(let name, let json, .toolCall(let index)): keep(name, json, with: calls[index])
    case .replay(let name, let json, .image): keep(name, json, with: closed.lastIndex(where: \.isImage))
    case .replay(let name, let json, let kind):
      grow(kind == .reasoning ? .reasoning : .text, by: "")
      replay = replay ?? author
      replay?.data[name] = json
    case .toolCallStart(let index, let id, let name, _):
      append(MessagePart(.toolCall(ToolCall(id: id, name: name, arguments: "", isValid: false))))
      calls[index] = closed.count - 1
    case .toolCallEnd(let index, let arguments, let isValid): endCall(index, arguments, isValid)
    case .image(let source): append(MessagePart(.image(source)))
    case .foreign(let json): append(MessagePart(.foreign(json), replay: author))
    case .started, .toolCallArguments, .usage, .keepAlive, .raw, .finish: break
    }
  }

  private var author: ReplayState { ReplayState(provider: provider, model: model) }

  /// Text goes on with the last part when that is of its kind. Reasoning always names its author: it goes back to nobody else.
  private mutating func grow(_ kind: TextKind, by piece: String) {
    if growing != kind {
      close()
      growing = kind
      replay = kind == .reasoning ? author : nil
    }
    text += piece
  }

  private mutating func append(_ part: MessagePart) {
    close()
    closed.append(part)
  }

  private mutating func keep(_ name: String, _ json: JSON, with place: Int?) {
    guard let place else { return }
    var state = closed[place].replay ?? author
    state.data[name] = json
    closed[place].replay = state
  }

  private mutating func close() {
    if let part = growingPart { closed.append(part) }
    growing = nil
    text = ""
    replay = nil
  }

  private var growingPart: MessagePart? {
    switch growing {
    case nil: nil
    case .text: MessagePart(.text(text), replay: replay)
    case .refusal: MessagePart(.refusal(text), replay: replay)
    case .reasoning: MessagePart(.reasoning(text), replay: replay)
    }
  }

  private mutating func endCall(_ index: Int, _ arguments: String, _ isValid: Bool) {
    guard let place = calls[index], case .toolCall(var call) = closed[place].content else { return }
    call.arguments = arguments
    call.isValid = isValid
    closed[place].content = .toolCall(call)
  }
}

extension MessagePart {
  fileprivate var isImage: Bool { if case .image = content { true } else { false } }
}
