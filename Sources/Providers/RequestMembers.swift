import Basics
import Model

// What codecs write bodies with. A body is a tree first: its members come from many places, and the agent's own options win over them.

extension JSONObject {
  /// Sets a member unless there is nothing to say.
  mutating func set(_ name: String, _ value: JSON?) { if let value { self[name] = value } }

  /// Sets a member unless there is nothing to say; whole numbers go without a fraction, as people write them.
  mutating func set(_ name: String, _ value: Double?) {
    self.set(name, value.map { number in Int64(exactly: number).map(JSON.integer) ?? .number(number) })
  }

  /// Sets a member unless there is nothing to say.
  mutating func set(_ name: String, _ value: Int?) { self.set(name, value.map { JSON.integer(Int64($0)) }) }

  /// Sets a member unless there is nothing to say.
  mutating func set(_ name: String, _ value: String?) { self.set(name, value.map(JSON.string)) }

  /// Sets a member unless there is nothing to say.
  mutating func set(_ name: String, _ value: Bool?) { self.set(name, value.map(JSON.bool)) }

  /// Sets a member unless the list is empty.
  mutating func set(_ name: String, _ values: [String]) {
    if !values.isEmpty { self[name] = .array(values.map(JSON.string)) }
  }

  /// The body with the agent's own options in it. Objects on both sides are joined, so that an option inside `options` or
  /// `generationConfig` does not take the others with it; null takes a member away.
  func with(options: JSONObject) -> JSONObject {
    var result = self
    for option in options.members {
      if let own = result[option.name]?.object, let more = option.value.object {
        result[option.name] = .object(own.with(options: more))
      } else {
        result[option.name] = option.value.unlessNull
      }
    }
    return result
  }
}

extension JSON {
  /// Nil for null. (`x ? nil : json` would be null: the literal is one of JSON's, too.)
  var unlessNull: JSON? { isNull ? JSON?.none : self }
}

extension CompletionRequest {
  /// The body of a request, with the agent's own options in it.
  func bytes(of body: JSONObject) -> [UInt8] { JSON.object(body.with(options: options)).bytes }

  /// The provider's own words for a part, when it comes back to the model that wrote it.
  func replay(_ part: MessagePart, to provider: String) -> JSONObject? {
    guard let replay = part.replay, replay.isFrom(provider: provider, model: model) else { return nil }
    return replay.data
  }

  /// The texts of all system turns; most dialects have one place for them, before the conversation.
  var systemText: String {
    turns.filter { $0.role == .system }.map(\.text).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}
