/// Bytes that wait for the kernel, in order. Small pieces are gathered, so that many cost few system calls.
struct PendingBytes {
  private static let gatherLimit = 16384
  private var chunks: [[UInt8]] = []
  /// Chunks before this index have left; `offset` bytes of the one at it too.
  // Half a word each: one that waits for nothing has them too.
  private var headIndex: UInt32 = 0
  private var skippedBytes: UInt32 = 0
  private var head: Int {
    get { Int(headIndex) }
    set { headIndex = UInt32(newValue) }
  }
  private(set) var offset: Int {
    get { Int(skippedBytes) }
    set { skippedBytes = UInt32(newValue) }
  }

  /// The chunk to send next, from `offset` on.
  var first: [UInt8]? { head < chunks.count ? chunks[head] : nil }

  /// Queues bytes, without the first `skipped`.
  mutating func append(_ bytes: [UInt8], skipping skipped: Int) {
    let last = chunks.count - 1
    if last >= head, chunks[last].count + bytes.count - skipped <= Self.gatherLimit {
      chunks[last].append(contentsOf: bytes[skipped...])
    } else if head == chunks.count {
      removeAll()
      chunks.append(bytes)
      offset = skipped
    } else {
      chunks.append(skipped == 0 ? bytes : Array(bytes[skipped...]))
    }
  }

  /// Forgets bytes of the first chunk that have left.
  mutating func consume(_ count: Int) {
    guard head < chunks.count else { return }
    offset += count
    guard offset >= chunks[head].count else { return }
    chunks[head] = []
    head += 1
    offset = 0
    if head == chunks.count {
      removeAll()
    } else if head >= 64, head * 2 > chunks.count {
      chunks.removeFirst(head)
      head = 0
    }
  }

  mutating func removeAll() {
    chunks = []
    head = 0
    offset = 0
  }
}
