import CLinux
import Glibc

/// Signals as events of a loop.
package final class SignalSource: Sendable {
  private let descriptor: Int32

  /// Takes signals (`SIGTERM`, …) away from their default. Call before any thread starts: threads inherit the mask,
  /// and a signal that one thread does not block goes there.
  package init(_ signals: [Int32]) throws(EngineError) {
    descriptor = clinux_signal_descriptor(signals, signals.count)
    guard descriptor >= 0 else { throw .current("Creating a signal descriptor") }
  }

  deinit { close(descriptor) }

  /// Calls back on the loop's thread with the number of each signal that comes.
  package func watch(on loop: EventLoop, _ callback: @escaping @Sendable (Loop, Int32) -> Void) {
    loop.submit { [self] loop in
      let key = loop.table.insert(.source(SignalReader(self, callback)), descriptor: descriptor)
      var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: key))
      epoll_ctl(loop.outside.epoll, EPOLL_CTL_ADD, descriptor, &event)
    }
  }

  fileprivate func next() -> Int32? {
    let number = clinux_next_signal(descriptor)
    return number == 0 ? nil : number
  }
}

/// The loop's side: holds the source, so that the descriptor stays as long as the loop.
private final class SignalReader: EventSource {
  private let source: SignalSource
  private let callback: @Sendable (Loop, Int32) -> Void

  init(_ source: SignalSource, _ callback: @escaping @Sendable (Loop, Int32) -> Void) {
    self.source = source
    self.callback = callback
  }

  func ready(_ events: UInt32, on loop: Loop) {
    while events != 0, let number = source.next() { callback(loop, number) }
  }
}
