import Glibc

/// How long something may take in a test that is about time.
package enum TimeLimit {
  /// A sanitizer slows a program down 5 to 15 times; `Scripts/test` says so to its lanes.
  package static let slowdown =
    getenv("AGENTHUB_TEST_SLOWDOWN").flatMap { Int(String(cString: $0)) } ?? 1

  /// The limit of a plain build, stretched for the build at hand.
  package static func of(_ plain: Duration) -> Duration { plain * slowdown }

  /// How long to wait for something that must come at all: on a busy machine it may take its time, and waiting longer
  /// costs nothing when it comes.
  package static func patience(_ plain: Duration) -> Duration { of(plain) * 6 }

  /// Whether the work takes less than the limit in one of three tries: a busy machine delays any single one.
  package static func isMet(_ plain: Duration, _ work: () throws -> Duration) rethrows -> Bool {
    for _ in 1...3 where try work() < of(plain) { return true }
    return false
  }

  /// Like `of`, for the trait of a test: `.timeLimit(.minutes(TimeLimit.minutes(1)))`.
  package static func minutes(_ plain: Int) -> Int { plain * slowdown }
}
