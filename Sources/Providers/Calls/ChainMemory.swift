/// Which provider of a chain answered lately, so that calls do not begin with one that is known to fail.
struct ChainMemory: Sendable {
  /// How long another one than the first is asked first. Not longer after more answers, so that the first one has its chance again.
  static let span: UInt64 = 300_000_000_000
  /// Chains that are remembered at most; agents may be many, failing ones are few.
  static let capacity = 1024

  private var places: [String: (target: Int, until: UInt64)] = [:]

  /// The place in the chain to begin with.
  func first(of chain: String, at now: UInt64) -> Int {
    guard let place = places[chain], place.until > now else { return 0 }
    return place.target
  }

  /// A target of the chain answered.
  mutating func answered(_ target: Int, of chain: String, at now: UInt64) {
    guard target > 0 else {
      places[chain] = nil
      return
    }
    if let place = places[chain], place.target == target, place.until > now { return }
    if places.count >= Self.capacity { places = places.filter { $0.value.until > now } }
    guard places.count < Self.capacity else { return }
    places[chain] = (target, now + Self.span)
  }
}
