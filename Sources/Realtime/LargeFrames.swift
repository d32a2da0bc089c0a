/// Which frames of a log are worth deflating, and their deflated form, made once when somebody first wants it so.
///
/// Lone deltas are far below; what is kept here are prompts, whole answers and results of tools. Each loop makes its own: deflating is some
/// 10 ns a byte, which on the writer's thread would hold up every commit, watched so or not.
struct LargeFrames {
  private enum Form {
    case unknown
    /// Deflated it would be no smaller.
    case plain
    case deflated([UInt8])
  }

  /// In order, without gaps from `begin` on: what lies before belongs to frames that the log has forgotten.
  private var numbers: [Int64] = []
  private var forms: [Form] = []
  private var begin = 0
  /// The newest of them; 0 before the first.
  private(set) var newest: Int64 = 0

  /// Notes that a frame is large; the numbers come in order.
  mutating func append(_ number: Int64) {
    numbers.append(number)
    forms.append(.unknown)
    newest = number
  }

  /// Lets go of all before a frame.
  mutating func forget(before first: Int64) {
    while begin < numbers.count, numbers[begin] < first {
      forms[begin] = .plain
      begin += 1
    }
    // Moving the rest up costs as much as what is let go, so each of them pays for one.
    guard begin > 64, begin * 2 > numbers.count else { return }
    numbers.removeFirst(begin)
    forms.removeFirst(begin)
    begin = 0
  }

  /// The deflated form of a frame; nil when it is not large, or would be no smaller.
  mutating func deflated(_ number: Int64, make: () -> [UInt8]?) -> [UInt8]? {
    guard number <= newest, let index = index(of: number) else { return nil }
    switch forms[index] {
    case .plain: return nil
    case .deflated(let frame): return frame
    case .unknown:
      let frame = make()
      forms[index] = frame.map { .deflated($0) } ?? .plain
      return frame
    }
  }

  private func index(of number: Int64) -> Int? {
    var (low, high) = (begin, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < numbers.count && numbers[low] == number ? low : nil
  }
}
