import Basics
import Model

/// A whole answer as it is kept and given again: its events, with pieces of one kind that came one after the other put together.
package struct SavedAnswer: Equatable, Sendable {
  /// From `started` to `finish`.
  package let events: [ProviderEvent]

  /// Takes what came of an answer.
  ///
  /// Nil unless the provider said that it is whole, and it is one that may be given again: not cut at a limit, not filtered or refused,
  /// with something in it, and all calls of tools readable.
  package init?(_ events: [ProviderEvent]) {
    guard case .finish(let reason, _) = events.last, [.stop, .stopSequence, .toolCalls].contains(reason),
      events.contains(where: \.isVisible), !events.contains(where: \.speaksAgainstKeeping)
    else { return nil }
    self.events = Self.joined(events)
  }

  /// Of several counts the last one holds.
  private static func joined(_ events: [ProviderEvent]) -> [ProviderEvent] {
    let lastUsage = events.lastIndex { if case .usage = $0 { true } else { false } }
    var joined: [ProviderEvent] = []
    for (index, event) in events.enumerated() {
      switch event {
      case .keepAlive, .raw: continue
      case .usage where index != lastUsage: continue
      default: break
      }
      if let last = joined.last, let whole = last.joined(with: event) {
        joined[joined.count - 1] = whole
      } else {
        joined.append(event)
      }
    }
    return joined
  }

  /// The answer as JSON, for the store.
  package var bytes: [UInt8] { JSON.array(events.compactMap(\.json)).bytes }

  /// Reads what `bytes` gave; nil for anything else.
  package init?(bytes: [UInt8]) {
    guard let array = (try? JSON.parse(bytes))?.array else { return nil }
    let events = array.compactMap { ProviderEvent(json: $0) }
    guard events.count == array.count else { return nil }
    self.init(events)
  }
}

extension ProviderEvent {
  fileprivate var speaksAgainstKeeping: Bool {
    switch self {
    case .refusal, .toolCallEnd(_, _, isValid: false): true
    default: false
    }
  }

  /// Both pieces as one; nil when they are not of one kind.
  fileprivate func joined(with next: ProviderEvent) -> ProviderEvent? {
    switch (self, next) {
    case (.text(let first), .text(let second)): .text(first + second)
    case (.reasoning(let first), .reasoning(let second)): .reasoning(first + second)
    case (.toolCallArguments(let index, let first), .toolCallArguments(let same, let second))
    where index == same: .toolCallArguments(index: index, fragment: first + second)
    default: nil
    }
  }
}
