import CLinux

/// The newest frames of one feed on one loop: encoded bytes in a ring, and where each frame begins.
///
/// The ring's memory is mapped twice in a row, so any stretch of frames is contiguous and goes to the kernel in one `send`, without
/// a copy. A reader is only a number, the next frame it wants; nothing is kept a reader.
package final class FrameLog {
  /// How much is kept. The memory is touched, and so counted, only as frames come.
  package struct Limits: Sendable {
    /// Bytes of frames; a power of two and a multiple of the page size.
    package var bytes = 8 << 20
    /// Frames; beside each stands its event, some 500 bytes.
    package var frames = 1 << 14

    package init() {}
    package init(bytes: Int, frames: Int) {
      self.bytes = bytes
      self.frames = frames
    }
  }

  /// Why a log could not be made.
  package struct MappingFailed: Error {
    package let errno: Int32
  }

  private let limits: Limits
  // The mapping belongs to this object alone and lives as long as it does; every access is inside `[tail, head)`.
  private let memory: UnsafeMutableRawPointer
  /// The byte position where each kept frame begins, indexed by frame number modulo the capacity.
  // Not an array, which would touch, and
  // so count, all of its memory when it is made; a slot is written before it is read.
  private let starts: UnsafeMutablePointer<UInt64>
  /// The number of the oldest frame that is kept.
  package private(set) var first: Int64
  /// The number the next frame will get.
  package private(set) var next: Int64
  private var head: UInt64 = 0
  private let largeFrom: Int
  private var large = LargeFrames()

  /// Makes an empty log.
  ///
  /// - Parameters:
  ///   - next: the number of the first frame to come.
  ///   - largeFrom: bytes from which on a frame is worth deflating.
  package init(
    next: Int64, limits: Limits = Limits(), largeFrom: Int = .max
  ) throws(MappingFailed) {
    guard let memory = clinux_map_mirrored(limits.bytes) else { throw MappingFailed(errno: clinux_errno()) }
    self.limits = limits
    self.largeFrom = largeFrom
    self.memory = memory
    self.starts = .allocate(capacity: limits.frames)
    self.first = next
    self.next = next
  }

  deinit {
    clinux_unmap_mirrored(memory, limits.bytes)
    starts.deallocate()
  }

  /// Adds a frame and forgets the oldest ones that it displaces.
  ///
  /// - Precondition: the frame is not larger than the ring.
  package func append(_ frame: UnsafeRawBufferPointer) {
    precondition(frame.count <= limits.bytes, "a frame is bounded far below the ring's size")
    if frame.count > 0, let source = frame.baseAddress {
      (memory + Int(head & UInt64(limits.bytes - 1))).copyMemory(from: source, byteCount: frame.count)
    }
    if frame.count >= largeFrom { large.append(next) }
    starts[slot(next)] = head
    head += UInt64(frame.count)
    next += 1
    while next - first > Int64(limits.frames) || head - starts[slot(first)] > UInt64(limits.bytes) {
      first += 1
    }
    if large.newest > 0 { large.forget(before: first) }
  }

  /// Whether a frame is in the log.
  func keeps(_ number: Int64) -> Bool { number >= first && number < next }

  /// Whether any frame from a number on is large.
  func hasLarge(from number: Int64) -> Bool { large.newest >= number }

  /// The deflated form of a frame, made of it by the first who asks; nil when it has none.
  func deflated(_ number: Int64, make: (UnsafeRawBufferPointer) -> [UInt8]?) -> [UInt8]? {
    large.deflated(number) { make(frame(number)) }
  }

  /// The bytes of all frames from a number on; empty when there are none.
  ///
  /// - Precondition: `number` is in `first...next`.
  package func frames(from number: Int64) -> UnsafeRawBufferPointer {
    bytes(from: position(number), to: head)
  }

  /// Whole frames from a number on, and the number behind them: all there are, or as many as fit a size; at least one.
  ///
  /// - Precondition: `number` is in `first..<next`.
  func stretch(from number: Int64, upTo size: Int) -> (bytes: UnsafeRawBufferPointer, end: Int64) {
    let all = frames(from: number)
    guard all.count > size else { return (all, next) }
    let end = max(number + 1, frame(holding: size, after: number))
    return (bytes(from: position(number), to: position(end)), end)
  }

  /// The bytes of one frame.
  package func frame(_ number: Int64) -> UnsafeRawBufferPointer {
    bytes(from: position(number), to: position(number + 1))
  }

  /// The number of the frame that holds the byte `count` bytes after the start of frame `number`.
  package func frame(holding count: Int, after number: Int64) -> Int64 {
    let target = position(number) + UInt64(count)
    var low = number
    var high = next
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if position(middle) <= target { low = middle } else { high = middle }
    }
    return low
  }

  /// How many bytes the frames of a range take; 0 when it is empty.
  package func length(from number: Int64, through last: Int64) -> Int {
    last < number ? 0 : Int(position(last + 1) - position(number))
  }

  private func position(_ number: Int64) -> UInt64 { number == next ? head : starts[slot(number)] }

  private func slot(_ number: Int64) -> Int { Int(number % Int64(limits.frames)) }

  private func bytes(from start: UInt64, to end: UInt64) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: memory + Int(start & UInt64(limits.bytes - 1)), count: Int(end - start))
  }
}
