import Glibc

/// How long something may take in a test that is about time.
package enum TimeLimit {
  /// A sanitizer slows a program down 5 to 15 times; `Scripts/test` says so to its lanes.
  package static let slowdown =
    getenv("AGENTHUB_TEST_SLOWDOWN").flatMap { Int(String(cString: $0)) } ?? 1

  /// The limit of a plain build, stretched for the build at hand.
  package static func of(_ plain: Duration) -> Duration { plain * slowdown }

  /// The same for the trait of a test: `.timeLimit(.minutes(TimeLimit.minutes(1)))`.
  package static func minutes(_ plain: Int) -> Int { plain * slowdown }
}
