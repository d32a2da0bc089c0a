import Model
import Storage
import Wire

/// The frames of one commit, encoded once and handed to every loop.
struct FrameBatch: Sendable {
  /// Consecutive frames of one feed: their bytes, and where each ends.
  struct Frames: Sendable {
    var bytes: [UInt8] = []
    var ends: [Int] = []

    mutating func append(text: [UInt8]) {
      WebSocketFrame.appendHeader(.text, length: text.count, to: &bytes)
      bytes.append(contentsOf: text)
      ends.append(bytes.count)
    }
  }

  /// The events, in offset order; one hub frame each.
  let events: [SharedEvent]
  let hub: Frames
  /// Frames of the dialects, in the order of the hub's list.
  let dialects: [Frames]

  /// Encodes a commit's events; the dialects advance.
  init(_ published: [PublishedEvent], dialects list: inout [any Dialect]) {
    var hub = Frames()
    hub.bytes.reserveCapacity(published.reduce(0) { $0 + $1.json.count + 10 })
    var foreign = Array(repeating: Frames(), count: list.count)
    for entry in published {
      hub.append(text: entry.json)
      for index in list.indices {
        for message in list[index].messages(for: entry.event) { foreign[index].append(text: message) }
      }
    }
    self.events = published.map { SharedEvent($0.event) }
    self.hub = hub
    self.dialects = foreign
  }
}
