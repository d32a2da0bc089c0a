import Basics
import TestKit
import Testing

@testable import Providers

private func at(_ seconds: Double) -> Timestamp { Timestamp(milliseconds: Int64(seconds * 1000)) }

extension KeyPoolMachine {
  fileprivate static func of(_ count: Int, callsPerKey: Int = .max) -> KeyPoolMachine {
    var pool = KeyPoolMachine(callsPerKey: callsPerKey)
    for _ in 0..<count { _ = pool.add() }
    return pool
  }

  /// Takes a key that must be there.
  fileprivate mutating func lease(_ seconds: Double) throws -> Lease {
    guard case .key(let lease) = take(at: at(seconds)).choice else { throw NoKey() }
    return lease
  }

  fileprivate mutating func fail(
    _ lease: Lease, _ fault: KeyFault = .limited, rest: Duration? = nil, _ seconds: Double
  ) {
    _ = ended(lease, .failed(fault, rest: rest, reason: "no"), at: at(seconds))
  }

  fileprivate mutating func succeed(_ lease: Lease, _ seconds: Double) {
    _ = answered(lease)
    _ = ended(lease, .unknown, at: at(seconds))
  }

  fileprivate func states() -> [KeyState] { numbers.compactMap { state(of: $0) } }
  fileprivate func conditions() -> [KeyState.Condition] { states().map(\.condition) }
}

private struct NoKey: Error {}

struct KeyPoolMachineTests {
  @Test func `an empty pool says so`() {
    var pool = KeyPoolMachine()
    #expect(pool.take(at: at(0)).choice == .empty)
  }

  @Test func `a pool holds twenty keys`() {
    var pool = KeyPoolMachine.of(KeyPoolMachine.capacity)
    #expect(pool.add() == nil && pool.count == 20)
    _ = pool.remove(pool.numbers[3])
    #expect(pool.add() == 21)
  }

  @Test func `healthy keys take turns, the least busy first`() throws {
    var pool = KeyPoolMachine.of(3)
    let first = try (0..<3).map { _ in try pool.lease(0).position }
    #expect(Set(first) == [0, 1, 2])
    let again = try (0..<3).map { _ in try pool.lease(0) }
    #expect(Set(again.map(\.position)) == [0, 1, 2])
    _ = pool.ended(again[1], .unknown, at: at(0))
    #expect(try pool.lease(0).position == again[1].position)
  }

  static let faults: [(KeyFault, KeyState.Condition, first: Double, second: Double, longest: Double)] = [
    (.refused, .invalid, 600, 1200, 86_400),
    (.spent, .exhausted, 3600, 7200, 86_400),
    (.limited, .cooling, 5, 10, 60),
    (.unserved, .cooling, 0.5, 1, 8),
  ]

  @Test(arguments: faults)
  func `a fault rests its key, longer each time, up to a bound`(
    fault: KeyFault, condition: KeyState.Condition, first: Double, second: Double, longest: Double
  ) throws {
    var pool = KeyPoolMachine.of(1)
    pool.fail(try pool.lease(0), fault, 0)
    #expect(pool.states()[0].condition == condition)
    #expect(pool.states()[0].until == at(first))
    #expect(pool.take(at: at(first - 0.001)).choice == .wait(until: at(first)))
    pool.fail(try pool.lease(first), fault, first)
    #expect(pool.states()[0].until == at(first + second))
    #expect(pool.states()[0].condition == condition)
    var now = first + second
    for _ in 0..<40 {
      pool.fail(try pool.lease(now), fault, now)
      now = Double(try #require(pool.states()[0].until).milliseconds) / 1000
    }
    let lease = try pool.lease(now)
    pool.fail(lease, fault, now)
    #expect(pool.states()[0].until == at(now + longest))
  }

  @Test func `the provider's own time counts, be it short or long`() throws {
    var pool = KeyPoolMachine.of(1)
    pool.fail(try pool.lease(0), .limited, rest: .milliseconds(1500), 0)
    #expect(pool.states()[0].until == at(1.5))
    pool.fail(try pool.lease(2), .spent, rest: .seconds(7200), 2)
    #expect(pool.states()[0].until == at(7202))
  }

  @Test func `twenty calls that are refused at once are one failure, and none shortens the rest`() throws {
    var pool = KeyPoolMachine.of(1)
    let leases = try (0..<20).map { _ in try pool.lease(0) }
    pool.fail(leases[0], .limited, rest: .seconds(30), 0)
    for lease in leases.dropFirst() { pool.fail(lease, .limited, rest: .seconds(1), 1) }
    #expect(pool.states()[0].until == at(30))
    #expect(pool.states()[0].strikes == 1)
    #expect(pool.states()[0].errors == 20)
  }

  @Test func `a worse fault outranks a lesser one that comes late`() throws {
    var pool = KeyPoolMachine.of(1)
    let (a, b) = (try pool.lease(0), try pool.lease(0))
    pool.fail(a, .refused, 0)
    pool.fail(b, .limited, 1)
    #expect(pool.conditions() == [.invalid])
    #expect(pool.states()[0].until == at(600))
  }

  @Test(
    arguments: [
      (.limited, "529 tokens a minute are what you have", nil, .rateLimit),
      (.limited, "429 529 tokens a minute", 429, .rateLimit), (.unserved, "Overloaded", 503, .overloaded),
      (.spent, "402 requests were made today", nil, .quota), (.spent, "No money", 402, .billing),
      (.refused, "no", 401, .authentication),
    ] as [(KeyFault, String, Int?, ProviderError.Kind)])
  func `why a key rests is told by the status of the answer, not by its words`(
    fault: KeyFault, reason: String, status: Int?, cause: ProviderError.Kind
  ) throws {
    var pool = KeyPoolMachine.of(1)
    let outcome = KeyOutcome.failed(fault, rest: nil, reason: reason, status: status)
    _ = pool.ended(try pool.lease(0), outcome, at: at(0))
    #expect(pool.states()[0].cause == cause && pool.states()[0].lastFailure == reason)
    let probe = try pool.lease(100_000)
    _ = pool.answered(probe)
    #expect(pool.states()[0].cause == nil && pool.states()[0].lastStatus == nil)
  }

  @Test func `one call tries a rested key, and its answer heals it`() throws {
    var pool = KeyPoolMachine.of(1)
    pool.fail(try pool.lease(0), .limited, 0)
    let probe = try pool.lease(5)
    #expect(probe.isProbe && pool.isProbed(probe.key))
    #expect(pool.take(at: at(6)).choice == .wait(until: nil))
    #expect(pool.answered(probe).contains(.wake))
    #expect(pool.conditions() == [.healthy])
    #expect(pool.states()[0].strikes == 0 && pool.states()[0].lastFailure == nil)
    #expect(try pool.lease(6).isProbe == false)
  }

  @Test func `a probe that shows nothing lets the next call try`() throws {
    var pool = KeyPoolMachine.of(1)
    pool.fail(try pool.lease(0), .spent, 0)
    let probe = try pool.lease(3600)
    _ = pool.ended(probe, .unknown, at: at(3601))
    #expect(pool.conditions() == [.exhausted])
    #expect(try pool.lease(3601).isProbe == true)
  }

  @Test func `a late answer of an earlier call does not heal`() throws {
    var pool = KeyPoolMachine.of(1)
    let (a, b) = (try pool.lease(0), try pool.lease(0))
    pool.fail(a, .limited, 0)
    pool.succeed(b, 1)
    #expect(pool.conditions() == [.cooling])
    #expect(pool.states()[0].uses == 1)
  }

  @Test func `a probe shows the condition of now, but for the provider's own failures`() throws {
    var pool = KeyPoolMachine.of(1)
    pool.fail(try pool.lease(0), .refused, 0)
    pool.fail(try pool.lease(600), .unserved, 600)
    #expect(pool.conditions() == [.invalid])
    pool.fail(try pool.lease(9000), .limited, 9000)
    #expect(pool.conditions() == [.cooling])
  }

  @Test func `a rested key is tried while others are well, one at a time`() throws {
    var pool = KeyPoolMachine.of(3)
    let leases = try (0..<3).map { _ in try pool.lease(0) }
    pool.fail(leases[0], .limited, 0)
    pool.fail(leases[1], .limited, 0)
    #expect(try pool.lease(4).isProbe == false)
    let probe = try pool.lease(5)
    #expect(probe.isProbe)
    #expect(try pool.lease(5).isProbe == false)
    pool.succeed(probe, 6)
    #expect(try pool.lease(6).isProbe == true)
  }

  @Test func `rested keys are tried side by side when none is well`() throws {
    var pool = KeyPoolMachine.of(3)
    for lease in try (0..<3).map({ _ in try pool.lease(0) }) { pool.fail(lease, .limited, 0) }
    #expect(pool.take(at: at(1)).choice == .wait(until: at(5)))
    let probes = try (0..<3).map { _ in try pool.lease(5) }
    #expect(Set(probes.map(\.key)).count == 3)
    #expect(probes.allSatisfy { $0.isProbe })
  }

  @Test func `a key serves no more calls at a time than it may`() throws {
    var pool = KeyPoolMachine.of(2, callsPerKey: 1)
    let leases = try (0..<2).map { _ in try pool.lease(0) }
    #expect(pool.take(at: at(0)).choice == .wait(until: nil))
    _ = pool.ended(leases[0], .unknown, at: at(1))
    #expect(try pool.lease(1).key == leases[0].key)
  }

  @Test func `a reset heals one key, or all`() throws {
    var pool = KeyPoolMachine.of(3)
    for lease in try (0..<3).map({ _ in try pool.lease(0) }) { pool.fail(lease, .refused, 0) }
    _ = pool.reset(pool.numbers[1])
    #expect(pool.conditions() == [.invalid, .healthy, .invalid])
    #expect(pool.reset().contains(.wake))
    #expect(pool.conditions() == [.healthy, .healthy, .healthy])
    #expect(pool.states().map(\.errors) == [1, 1, 1])
  }

  @Test func `the end of a call whose key has left changes nothing`() throws {
    var pool = KeyPoolMachine.of(2)
    let lease = try pool.lease(0)
    _ = pool.remove(lease.key)
    #expect(pool.ended(lease, .failed(.refused, rest: nil, reason: "no"), at: at(0)).isEmpty)
    #expect(pool.conditions() == [.healthy])
  }

  @Test func `S001-11 events tell of failure, rotation and exhaustion, the latest once`() throws {
    var pool = KeyPoolMachine.of(2)
    let first = try pool.lease(0)
    let failed = KeyPoolEvent.failed(
      position: first.position, fault: .limited, reason: "429 Rate Limited", uses: 0, errors: 1, at: at(1))
    let actions = pool.ended(first, .failed(.limited, rest: nil, reason: "429 Rate Limited"), at: at(1))
    #expect(actions.contains(.tell(failed)))
    let second = pool.take(at: at(2))
    let other = 1 - first.position
    #expect(second.actions == [.tell(.rotated(from: first.position, to: other, at: at(2)))])
    #expect(pool.takeEvent() == .rotated(from: first.position, to: other, at: at(2)))
    #expect(pool.takeEvent() == nil)
    guard case .key(let lease) = second.choice else { throw NoKey() }
    pool.fail(lease, .limited, 3)
    #expect(pool.takeEvent() == .allExhausted(total: 2, at: at(3)))
  }

  @Test func `events are written as the first gateways wrote them`() {
    #expect(
      KeyPoolEvent.failed(
        position: 0, fault: .limited, reason: "429 Rate Limited", uses: 3, errors: 1, at: at(0)
      ).json.text
        == #"{"type":"key_failed","key_index":0,"reason":"429 Rate Limited","timestamp":"1970-01-01T00:00:00.000Z","usage_count":3,"error_count":1}"#
    )
    #expect(KeyPoolEvent.rotated(from: 0, to: 1, at: at(0)).json["to_index"]?.integer == 1)
    #expect(KeyPoolEvent.allExhausted(total: 2, at: at(0)).json["total_keys"]?.integer == 2)
  }

  /// A walk of calls, failures, probes and resets; after every step the promises of the pool must hold.
  @Test(arguments: 0..<40)
  func `whatever happens, no key is used that rests, and no rest shortens`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var pool = KeyPoolMachine.of(Int.random(in: 1...20, using: &random), callsPerKey: 4)
    var leases: [KeyPoolMachine.Lease] = []
    var now = 0.0
    for _ in 0..<600 {
      now += Double.random(in: 0...2, using: &random)
      let before = Dictionary(uniqueKeysWithValues: pool.numbers.map { ($0, pool.state(of: $0)) })
      var healed: KeyPoolMachine.Number?
      if leases.isEmpty || Bool.random(using: &random) {
        switch pool.take(at: at(now)).choice {
        case .key(let lease):
          let state = try #require(before[lease.key] ?? nil)
          #expect(lease.isProbe == (state.condition != .healthy))
          #expect(state.until.map { $0 <= at(now) } ?? true)
          #expect(!leases.contains { $0.key == lease.key && $0.isProbe })
          #expect(pool.callsInFlight(with: lease.key) <= 4)
          leases.append(lease)
        case .wait(let until): #expect(until.map { $0 > at(now) } ?? !leases.isEmpty)
        case .empty: Issue.record("there are keys")
        }
      } else {
        let lease = leases.remove(at: Int.random(in: 0..<leases.count, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          _ = pool.ended(lease, .unknown, at: at(now))
        case 1:
          healed = lease.key
          pool.succeed(lease, now)
        default:
          let fault = try #require(KeyFault.allCases.randomElement(using: &random))
          let rest =
            Bool.random(using: &random) ? Duration.seconds(Int.random(in: 0...90, using: &random)) : nil
          pool.fail(lease, fault, rest: rest, now)
        }
      }
      for number in pool.numbers where number != healed {
        let (old, new) = (try #require(before[number] ?? nil), try #require(pool.state(of: number)))
        if let end = old.until { #expect(new.until.map { $0 >= end } == true) }
        #expect((new.until == nil) == (new.condition == .healthy))
        #expect(new.uses >= old.uses && new.errors >= old.errors)
      }
      #expect(pool.numbers.reduce(0) { $0 + pool.callsInFlight(with: $1) } == leases.count)
    }
    // Whoever waits long enough gets every key back.
    for lease in leases { _ = pool.ended(lease, .unknown, at: at(now)) }
    now += 200_000
    for _ in 0..<(4 * pool.count) { pool.succeed(try pool.lease(now), now) }
    #expect(pool.conditions().allSatisfy { $0 == .healthy })
  }
}

struct KeyFaultTests {
  static let rows: [(ProviderError.Kind, Int?, KeyFault?)] = [
    (.authentication, 401, .refused), (.permission, 403, .refused), (.billing, 402, .spent),
    (.billing, 429, .spent), (.quota, 429, .spent), (.rateLimit, 429, .limited), (.server, 500, .unserved),
    (.server, 502, .unserved), (.overloaded, 503, .unserved), (.timeout, 504, .unserved),
    (.loading, 503, nil), (.invalidRequest, 400, nil), (.modelNotFound, 404, nil), (.server, 409, nil),
    (.invalidRequest, 422, nil), (.contextLength, 403, nil), (.contentFilter, 403, nil), (.network, nil, nil),
    (.timeout, nil, nil), (.timeout, 408, nil), (.cancelled, nil, nil), (.truncated, nil, nil),
    (.server, nil, nil), (.rateLimit, nil, .limited),
  ]

  @Test(arguments: rows)
  func `the table of rotation decides what is a key's fault`(
    kind: ProviderError.Kind, status: Int?, fault: KeyFault?
  ) {
    #expect(KeyFault(ProviderError(kind, "x", provider: "bytez", status: status)) == fault)
  }
}
