import Synchronization

/// Something to do on a loop's thread.
enum LoopJob: Sendable {
  case call(@Sendable (Loop) -> Void)
  case task(UnownedJob)
}

/// Jobs from other threads. The lock also guards `isAsleep`, so that a job costs a wake-up only when one is needed.
struct Mailbox: ~Copyable {
  // Not private: the compiler emits a broken module when another file stores the mailbox (Swift 6.3).
  struct Mail {
    var jobs: [LoopJob] = []
    var isAsleep = false
    var isClosed = false
  }
  private let mail = Mutex(Mail())

  /// Puts a job in. Returns true when the loop sleeps and nobody has woken it yet.
  func put(_ job: LoopJob) -> Bool {
    mail.withLock { mail in
      guard !mail.isClosed else { return false }
      mail.jobs.append(job)
      defer { mail.isAsleep = false }
      return mail.isAsleep
    }
  }

  /// Takes all jobs; `emptied` gives its storage in exchange.
  func take(into emptied: inout [LoopJob]) {
    mail.withLock { mail in
      mail.isAsleep = false
      swap(&mail.jobs, &emptied)
    }
  }

  /// Lets go of all jobs, and of those still to come: nobody will run them, and many hold the loop.
  func close() {
    let left = mail.withLock { mail in
      mail.isClosed = true
      defer { mail.jobs = [] }
      return mail.jobs
    }
    withExtendedLifetime(left) {}  // what they hold may want the lock when it goes
  }

  /// Declares the loop asleep unless there is mail. Returns whether it may sleep.
  func fallAsleep() -> Bool {
    mail.withLock { mail in
      mail.isAsleep = mail.jobs.isEmpty
      return mail.isAsleep
    }
  }
}
