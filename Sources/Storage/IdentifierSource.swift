import Basics
import CLinux
import Synchronization

/// Makes ids that sort in the order in which they were made, as long as this process lives.
final class IdentifierSource: Sendable {
  private struct State {
    var milliseconds: Int64 = 0
    var counter: UInt16 = 0
    /// Random words in stock: a system call a word would cost more than the rest together.
    var words: [UInt64] = []
  }

  private let state = Mutex(State())

  func make<Noun>(at now: Timestamp = .now) -> Identifier<Noun> {
    state.withLock { state in
      if now.milliseconds > state.milliseconds {
        state.milliseconds = now.milliseconds
        state.counter = 0
      } else if state.counter < 0x0FFF {
        state.counter += 1
      } else {
        // Out of counts for this millisecond, or a clock that was set back: borrow from the next one (RFC 9562 §6.2).
        state.milliseconds += 1
        state.counter = 0
      }
      return Identifier(
        milliseconds: state.milliseconds, counter: state.counter, random: Self.word(from: &state))
    }
  }

  /// A short random text of letters and digits that are hard to confuse.
  func shortText(count: Int = 8) -> String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    let word = state.withLock { Self.word(from: &$0) }
    return String(decoding: (0..<count).map { alphabet[Int(word >> (5 * UInt64($0)) & 31)] }, as: UTF8.self)
  }

  private static func word(from state: inout State) -> UInt64 {
    if state.words.isEmpty {
      state.words = [UInt64](repeating: 0, count: 128)
      let code = state.words.withUnsafeMutableBytes { clinux_random($0.baseAddress, $0.count) }
      // getrandom fails only on kernels without it; Swift's generator asks elsewhere.
      if code != 0 { state.words = state.words.map { _ in UInt64.random(in: .min ... .max) } }
    }
    return state.words.removeLast()
  }
}
