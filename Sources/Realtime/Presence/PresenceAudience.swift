import Basics
import Model

/// The sessions of one loop that asked for presence or typing, found by what they follow.
final class PresenceAudience {
  private var watchers: [Identifier<Conversation>: [SubscriberID: Attendance]] = [:]
  /// Those who follow everything.
  private var overseers: [SubscriberID: Attendance] = [:]

  func add(_ attendance: Attendance, to conversation: Identifier<Conversation>) {
    watchers[conversation, default: [:]][attendance.id] = attendance
  }

  func remove(_ attendance: Attendance, from conversation: Identifier<Conversation>) {
    watchers[conversation]?[attendance.id] = nil
    if watchers[conversation]?.isEmpty == true { watchers[conversation] = nil }
  }

  func setOverseer(_ attendance: Attendance, _ isOverseer: Bool) {
    overseers[attendance.id] = isOverseer ? attendance : nil
  }

  /// Offers frames to all whom they concern.
  func show(_ frames: [PresenceFrame]) {
    for frame in frames {
      for attendance in (watchers[frame.conversation] ?? [:]).values { attendance.offer(frame) }
      for attendance in overseers.values where !attendance.watches(frame.conversation) {
        attendance.offer(frame)
      }
    }
  }
}
