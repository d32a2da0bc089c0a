/// Stretches of the hub's feed in which the deltas of each message are one, for those who lag: made once for all who stand at one frame.
///
/// Merging looks at every event, so a crowd that lags would cost the events times the crowd. A stretch ends at a round number of frames, where
/// those who fell behind at different places meet: from there on they share.
final class MergedStretches {
  /// Frames as one connection takes them, and the number behind them.
  struct Stretch {
    let bytes: [UInt8]
    let end: Int64
  }

  /// Frames from one meeting place to the next.
  static let span: Int64 = 1024
  /// Stretches that are kept; each has some 32 KB.
  private static let capacity = 16

  private var kept: [(start: Int64, limit: Int64, stretch: Stretch)] = []
  private var oldest = 0

  /// Where the stretch from a frame on ends at the latest.
  static func limit(from start: Int64, head next: Int64) -> Int64 { min(next, (start / span + 1) * span) }

  /// The stretch from a frame up to a limit, made by the first who asks.
  func stretch(from start: Int64, limit: Int64, make: () -> Stretch) -> Stretch {
    if let found = kept.first(where: { $0.start == start && $0.limit == limit }) { return found.stretch }
    let stretch = make()
    if kept.count < Self.capacity {
      kept.append((start, limit, stretch))
    } else {
      kept[oldest] = (start, limit, stretch)
      oldest = (oldest + 1) % Self.capacity
    }
    return stretch
  }
}
