import Glibc

/// How often the random tests try; `AGENTHUB_TEST_ROUNDS` asks for more.
enum Rounds {
  static func count(_ standard: Int) -> Int {
    getenv("AGENTHUB_TEST_ROUNDS").flatMap { Int(String(cString: $0)) } ?? standard
  }
}
