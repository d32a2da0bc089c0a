import Basics
import CLinux

extension Timestamp {
  /// The wall clock.
  static var now: Timestamp { Timestamp(milliseconds: clinux_wall_milliseconds()) }
}
