import TestKit
import Testing

@testable import Providers

struct CallPolicyMachineTests {
  private static func error(
    _ kind: ProviderError.Kind, status: Int? = nil, provider: String = "openai", emitted: Bool = false,
    after wait: Duration? = nil
  ) -> ProviderError {
    ProviderError(
      kind, "it failed", provider: provider, model: "m", emitted: emitted, status: status, retryAfter: wait)
  }

  /// What is done about a first failure of the first of two targets, and about the failure of the only one, without a pool.
  enum Deed: Sendable {
    case end, next, pause
  }

  static let rows: [(ProviderError.Kind, status: Int?, first: Deed, only: Deed)] = [
    (.cancelled, nil, .end, .end), (.invalidRequest, 400, .end, .end), (.contextLength, 400, .end, .end),
    (.contentFilter, 400, .end, .end), (.unknownProvider, nil, .end, .end),
    (.invalidSetting, nil, .end, .end),
    (.keyMissing, nil, .next, .end), (.modelNotFound, 404, .next, .end),
    (.unsupported, 400, .next, .end), (.timeout, nil, .next, .end), (.authentication, 401, .next, .end),
    (.permission, 403, .next, .end), (.billing, 402, .next, .end), (.quota, 429, .next, .end),
    (.budgetExhausted, nil, .next, .end),
    (.rateLimit, 429, .pause, .pause), (.server, 500, .pause, .pause), (.overloaded, 503, .pause, .pause),
    (.server, nil, .pause, .pause), (.network, nil, .pause, .pause),
    (.truncated, nil, .pause, .pause), (.malformed, nil, .pause, .pause),
  ]

  @Test(arguments: rows)
  func `the class of a failure decides what is done about it`(
    kind: ProviderError.Kind, status: Int?, first: Deed, only: Deed
  ) {
    for (targets, deed) in [(2, first), (1, only)] {
      var policy = CallPolicyMachine(targets: targets)
      #expect(policy.begin() == .call(target: 0))
      let error = Self.error(kind, status: status)
      let action = policy.failed(error, hasOtherKeys: false, jitter: 0.5)
      switch deed {
      case .end: #expect(action == .end(error))
      case .next: #expect(action == .call(target: 1))
      case .pause: #expect(action == .pause(.milliseconds(500), target: 0))
      }
    }
  }

  @Test(arguments: ProviderError.Kind.allCases)
  func `nothing is tried again once something was seen`(kind: ProviderError.Kind) {
    var policy = CallPolicyMachine(targets: 3)
    _ = policy.begin()
    let error = Self.error(kind, status: 500, emitted: true)
    #expect(policy.failed(error, hasOtherKeys: true, jitter: 0) == .end(error))
  }

  @Test(arguments: [
    (ProviderError.Kind.authentication, 401), (.permission, 403), (.billing, 402), (.rateLimit, 429),
    (.server, 500),
  ])
  func `a key's fault lets every other key try, at once`(kind: ProviderError.Kind, status: Int) {
    var policy = CallPolicyMachine(targets: 1)
    _ = policy.begin()
    for _ in 0..<19 {
      #expect(
        policy.failed(Self.error(kind, status: status), hasOtherKeys: true, jitter: 0) == .call(target: 0))
    }
  }

  @Test func `pauses double with chance, and end`() {
    var policy = CallPolicyMachine(targets: 1)
    _ = policy.begin()
    let error = Self.error(.overloaded, status: nil)
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 0) == .pause(.milliseconds(400), target: 0))
    _ = policy.waited(.milliseconds(400))
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 1) == .pause(.milliseconds(1200), target: 0))
    _ = policy.waited(.milliseconds(1200))
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 1) == .end(error))
  }

  @Test func `the provider's own time is waited for, unless another can be asked`() {
    let error = Self.error(.rateLimit, status: 429, after: .seconds(20))
    var alone = CallPolicyMachine(targets: 1)
    _ = alone.begin()
    #expect(alone.failed(error, hasOtherKeys: false, jitter: 0) == .pause(.seconds(20), target: 0))
    var chained = CallPolicyMachine(targets: 2)
    _ = chained.begin()
    #expect(chained.failed(error, hasOtherKeys: false, jitter: 0) == .call(target: 1))
  }

  @Test func `a server that asks not to be asked again is not`() {
    var policy = CallPolicyMachine(targets: 2)
    _ = policy.begin()
    var error = Self.error(.overloaded)
    error.shouldRetry = false
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 0) == .call(target: 1))
  }

  @Test func `a model that loads is waited for steadily`() {
    var policy = CallPolicyMachine(targets: 1)
    _ = policy.begin()
    let error = Self.error(.loading, status: 503)
    for _ in 0..<15 {
      #expect(policy.failed(error, hasOtherKeys: true, jitter: 1) == .pause(.seconds(2), target: 0))
      _ = policy.waited(.seconds(2))
    }
    #expect(policy.failed(error, hasOtherKeys: true, jitter: 1) == .end(error))
  }

  @Test func `a place in line costs no patience, unless another can be asked`() {
    let error = Self.error(.busy)
    var alone = CallPolicyMachine(targets: 1)
    _ = alone.begin()
    #expect(alone.blocked(for: nil, error) == .wait(.seconds(1800), target: 0))
    _ = alone.waited(.seconds(1700))
    #expect(alone.blocked(for: .seconds(30), Self.error(.keysExhausted)) == .wait(.seconds(30), target: 0))
    _ = alone.waited(.zero)
    #expect(alone.blocked(for: nil, error) == .wait(.seconds(100), target: 0))
    var chained = CallPolicyMachine(targets: 2)
    _ = chained.begin()
    #expect(chained.blocked(for: nil, error) == .wait(.seconds(5), target: 0))
  }

  @Test func `keys that rest are waited for as long as patience lasts`() {
    let error = Self.error(.keysExhausted)
    var policy = CallPolicyMachine(targets: 1)
    _ = policy.begin()
    #expect(policy.blocked(for: .seconds(12), error) == .wait(.seconds(12), target: 0))
    #expect(policy.waited(.seconds(12)) == .call(target: 0))
    #expect(policy.blocked(for: .seconds(18), error) == .wait(.seconds(18), target: 0))
    #expect(policy.waited(.seconds(17)) == .call(target: 0))
    #expect(policy.blocked(for: .seconds(2), error) == .end(error))
    #expect(policy.blocked(for: nil, error) == .wait(.seconds(1), target: 0))
    _ = policy.waited(.seconds(1))
    #expect(policy.blocked(for: nil, error) == .end(error))
  }

  @Test func `keys that rest for longer than a moment send the call elsewhere`() {
    let error = Self.error(.keysExhausted)
    var policy = CallPolicyMachine(targets: 2)
    _ = policy.begin()
    #expect(policy.blocked(for: .seconds(4), error) == .wait(.seconds(4), target: 0))
    _ = policy.waited(.seconds(4))
    #expect(policy.blocked(for: .seconds(6), error) == .call(target: 1))
  }

  @Test func `what the call saw itself is said when all keys rest`() {
    var policy = CallPolicyMachine(targets: 1)
    _ = policy.begin()
    _ = policy.failed(Self.error(.authentication, status: 401), hasOtherKeys: true, jitter: 0)
    let exhausted = ProviderError(
      .keysExhausted, "All API keys exhausted after retries", provider: "openai", retryAfter: .seconds(600))
    guard case .end(let error) = policy.blocked(for: .seconds(600), exhausted) else {
      Issue.record("it goes on")
      return
    }
    #expect(error.code == "provider_keys_exhausted" && error.status == 401)
    #expect(error.message == "All API keys exhausted after retries: it failed")
    #expect(error.retryAfter == .seconds(600))
  }

  @Test func `the one that answered a while ago is asked first, the others in their order after it`() {
    var policy = CallPolicyMachine(targets: 3, first: 1)
    #expect(policy.begin() == .call(target: 1))
    let error = Self.error(.timeout)
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 0) == .call(target: 2))
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 0) == .call(target: 0))
    #expect(policy.failed(error, hasOtherKeys: false, jitter: 0) == .end(error))
  }

  @Test func `that the next one was never set up does not hide why the first one did not answer`() {
    var policy = CallPolicyMachine(targets: 2)
    _ = policy.begin()
    let reason = Self.error(.timeout)
    #expect(policy.failed(reason, hasOtherKeys: false, jitter: 0) == .call(target: 1))
    let missing = Self.error(.keyMissing, provider: "bedrock")
    #expect(policy.failed(missing, hasOtherKeys: false, jitter: 0) == .end(reason))
    var bare = CallPolicyMachine(targets: 2)
    _ = bare.begin()
    _ = bare.failed(missing, hasOtherKeys: false, jitter: 0)
    let other = Self.error(.keyMissing)
    #expect(bare.failed(other, hasOtherKeys: false, jitter: 0) == .end(other))
  }

  /// Random failures and blocks: the policy comes to an end, within its patience, and asks no target after it gave it up.
  @Test(arguments: 0..<60)
  func `every call comes to an end`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...5, using: &random)
    var policy = CallPolicyMachine(targets: count, first: Int.random(in: 0..<count, using: &random))
    var action = policy.begin()
    var waited = Duration.zero
    var givenUp: Set<Int> = []
    var last: Int?
    var steps = 0
    while true {
      steps += 1
      try #require(steps < 2000)
      switch action {
      case .end:
        #expect(waited <= .seconds(31))
        return
      case .wait(let time, _), .pause(let time, _):
        #expect(time > .zero)
        waited += time
        action = policy.waited(time)
      case .call(let target):
        if let last, last != target { givenUp.insert(last) }
        #expect(!givenUp.contains(target))
        last = target
        let kind = try #require(ProviderError.Kind.allCases.randomElement(using: &random))
        let status = try #require([nil, 401, 429, 500].randomElement(using: &random))
        let wait =
          Bool.random(using: &random) ? Duration.milliseconds(Int.random(in: 1...9000, using: &random)) : nil
        action =
          Bool.random(using: &random)
          ? policy.blocked(for: wait, Self.error(.keysExhausted))
          : policy.failed(
            Self.error(kind, status: status, after: wait), hasOtherKeys: Bool.random(using: &random),
            jitter: Double.random(in: 0...1, using: &random))
      }
    }
  }
}

struct ChainMemoryTests {
  @Test func `the place that answered is remembered for a while, and not for longer by answering`() {
    var memory = ChainMemory()
    #expect(memory.first(of: "a", at: 0) == 0)
    memory.answered(1, of: "a", at: 0)
    #expect(memory.first(of: "a", at: 1) == 1 && memory.first(of: "b", at: 1) == 0)
    memory.answered(1, of: "a", at: ChainMemory.span - 1)
    #expect(memory.first(of: "a", at: ChainMemory.span) == 0)
    memory.answered(2, of: "a", at: ChainMemory.span)
    memory.answered(0, of: "a", at: ChainMemory.span + 1)
    #expect(memory.first(of: "a", at: ChainMemory.span + 2) == 0)
  }
}
