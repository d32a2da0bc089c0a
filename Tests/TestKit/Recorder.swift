import CLinux
import Glibc
import Synchronization

/// Collects what happens on other threads, and waits for it with a deadline.
package final class Recorder<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])
  // A semaphore counts what was recorded; it is thread-safe by nature and freed with its owner.
  nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>

  package init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  package func record(_ element: Element) {
    elements.withLock { $0.append(element) }
    sem_post(semaphore)
  }

  /// What has been recorded so far.
  package var all: [Element] { elements.withLock { $0 } }

  /// Waits until so many elements have been recorded; returns them all, fewer when the time is over.
  @discardableResult
  package func wait(count: Int = 1, seconds: Double = 10) -> [Element] {
    var deadline = timespec()
    clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_sec += Int(TimeLimit.patience(.seconds(seconds)).components.seconds)
    while all.count < count {
      if sem_timedwait(semaphore, &deadline) != 0, errno == ETIMEDOUT { break }
    }
    return all
  }
}
