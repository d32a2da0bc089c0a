/// How those who are in step take a stretch of the ring; all of one form are sent the same bytes.
enum StretchForm: Int, CaseIterable {
  /// A message an event, as the ring has it.
  case frames
  /// The same, but large events deflated.
  case largeDeflated
  /// One message for all events, a line each.
  case batches
  /// The same, deflated once for all.
  case deflatedBatches

  /// The form of a connection.
  ///
  /// - Parameters:
  ///   - batches: whether the client asked for several events a message.
  ///   - deflateLimit: bytes that a message may have and still come to it deflated.
  init(batches: Bool, deflateLimit: Int) {
    switch (batches, deflateLimit) {
    case (true, 0): self = .batches
    case (true, .max): self = .deflatedBatches
    case (false, 0): self = .frames
    // Batches are deflated with the largest window, which this client does not have.
    default: self = .largeDeflated
    }
  }

  var isBatched: Bool { self == .batches || self == .deflatedBatches }
}
