import Basics
import EventEngine
import Fetch
import Glibc
import Model
import Pipelines
import Providers
import Storage
import Synchronization
import TestKit
import Wire

@testable import Realtime

/// A hub on a scratch database and one loop, without sockets.
final class HubFixture: Sendable {
  let path: String
  let store: Store
  let runs: RunService
  let loop: EventLoop
  let hub: Hub
  private let fetcher: Fetcher
  /// What was appended to each conversation's one message.
  let texts = SharedTexts()

  init(_ configuration: HubConfiguration = HubConfiguration()) async throws {
    var template = Array("/tmp/agenthub-realtime-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FixtureError.noFolder }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    store = try Store.open(StoreConfiguration(path: path + "/hub.db"), log: .silent)
    fetcher = try Fetcher(log: .silent)
    runs = RunService(
      store: store, providers: ProviderClient(fetcher: fetcher, settings: .none, log: .silent),
      rollUp: DeltaRollUp.Limits(), log: .silent)
    loop = try EventLoop(index: 0, log: .silent)
    try loop.start()
    hub = Hub(
      store: store, runs: runs, loops: [loop], dialects: [], configuration: Self.patient(configuration),
      log: .silent)
    try await hub.start()
    await inside { loop in loop[Clients.key] = Clients() }
  }

  /// A sanitizer lets a test wait so long for its turn that the hub would take its client for dead.
  private static func patient(_ configuration: HubConfiguration) -> HubConfiguration {
    let slowdown = UInt64(TimeLimit.slowdown)
    var configuration = configuration
    configuration.heartbeat.interval *= slowdown
    configuration.heartbeat.patience *= slowdown
    configuration.stallTimeout *= slowdown
    return configuration
  }

  func close() async {
    await runs.drain()
    store.close()
    fetcher.close()
    loop.stop()
    loop.join()
    for name in ["hub.db", "hub.db-wal", "hub.db-shm", "hub.db.lock", "hub.db-lock"] {
      unlink("\(path)/\(name)")
    }
    rmdir(path)
  }

  /// Runs a body on the loop's thread.
  func inside<Value: Sendable>(_ body: @escaping @Sendable (Loop) -> Value) async -> Value {
    await withCheckedContinuation { done in loop.submit { loop in done.resume(returning: body(loop)) } }
  }

  /// Makes a conversation.
  func conversation() async throws -> Identifier<Conversation> {
    try await store.write { try $0.conversations.create(title: "test").id }
  }

  /// Appends deltas to a conversation; `padding` makes them larger by so many bytes.
  func append(_ count: Int, to conversation: Identifier<Conversation>, padding: Int = 0) async throws {
    let texts = texts
    _ = try await store.write(.relaxed) { transaction in
      for index in 0..<count {
        let text = "word \(index) of mäny " + String(repeating: "x", count: padding)
        let position = texts.withLock { texts in
          defer { texts[conversation, default: ""] += text }
          return texts[conversation, default: ""].utf16.count
        }
        try transaction.append(
          Event(
            conversation: conversation, run: Identifier("r"), message: Identifier("m"), at: transaction.now,
            body: .messageDelta(MessageDelta(channel: .final, position: position, text: text))))
      }
    }
  }
}

/// Texts by conversation.
final class SharedTexts: Sendable {
  private let texts = Mutex<[Identifier<Conversation>: String]>([:])

  func withLock<Value>(_ body: (inout [Identifier<Conversation>: String]) -> Value) -> Value {
    texts.withLock { body(&$0) }
  }
}

enum FixtureError: Error {
  case noFolder, tookTooLong
}

/// The sessions of a test, kept where they live.
final class Clients {
  static let key = LoopLocal<Clients>()
  var sessions: [Int: Session] = [:]
}

/// The far end of a connection without a socket: what arrived, and how much more may arrive.
final class FarEnd: Sendable {
  struct State {
    var received: [UInt8] = []
    var room: Int
    var closed: CloseReason?
    var retryAfter: Int?
    var isFinished = false
    /// Frames that came "deflated", and how often one was made for this end.
    var deflatedCount = 0
    var deflatingCount = 0
    /// Messages that held several events.
    var batchCount = 0
    /// Where bytes come from; nil for an end in memory.
    var socket: Int32?
  }

  let state: Mutex<State>

  init(room: Int) { state = Mutex(State(room: room)) }

  deinit { hangUp() }

  func give(_ room: Int) { state.withLock { $0.room += room } }

  /// The whole messages that have arrived, taken out.
  func takeMessages() -> [JSON] {
    pull()
    let received = state.withLock { state in
      defer { state.received = [] }
      return state.received
    }
    var messages: [JSON] = []
    var start = 0
    while let payload = Self.payload(in: received, at: start) {
      let isDeflated = received[start] == 0xC1
      if isDeflated { state.withLock { $0.deflatedCount += 1 } }
      let json = received[payload].dropFirst(isDeflated ? 1 : 0)
      let lines = json.split(separator: UInt8(ascii: "\n"))
      if lines.count > 1 { state.withLock { $0.batchCount += 1 } }
      messages += lines.map { (try? JSON.parse(Array($0))) ?? .null }
      start = payload.upperBound
    }
    // What came meanwhile stands behind the frame that is not whole yet.
    if start < received.count { state.withLock { $0.received = received[start...] + $0.received } }
    return messages
  }

  /// What deflates in these tests only sets the bit and puts a byte before the text.
  func deflated(_ json: UnsafeRawBufferPointer) -> [UInt8]? {
    guard json.count >= 1024 else { return nil }
    state.withLock { $0.deflatingCount += 1 }
    return WebSocketFrame.encode(.text, [0] + json, rsv1: true)
  }

  /// Where the payload of the unmasked text frame (RFC 6455 §5.2) at `start` is, if the frame is whole.
  private static func payload(in bytes: [UInt8], at start: Int) -> Range<Int>? {
    guard bytes.count >= start + 2 else { return nil }
    var length = Int(bytes[start + 1] & 0x7F)
    var begin = start + 2
    if length >= 126 {
      let size = length == 126 ? 2 : 8
      guard bytes.count >= begin + size else { return nil }
      length = bytes[begin..<(begin + size)].reduce(0) { $0 << 8 | Int($1) }
      begin += size
    }
    return bytes.count >= begin + length ? begin..<(begin + length) : nil
  }
}

/// A transport that takes as many bytes as its far end has room for, and cuts writes where the room ends.
final class MemoryTransport: Transport {
  let format: TransportFormat
  let deflateLimit: Int
  private let farEnd: FarEnd
  private var pending: [UInt8] = []
  private(set) var lastProgress: UInt64 = 0
  let lastHeard: UInt64 = 0
  private let clock: () -> UInt64

  init(
    _ farEnd: FarEnd, format: TransportFormat = .webSocket, deflateLimit: Int = 0,
    clock: @escaping () -> UInt64
  ) {
    self.farEnd = farEnd
    self.deflateLimit = deflateLimit
    self.format = format
    self.clock = clock
    lastProgress = clock()
  }

  var isWritable: Bool { pending.isEmpty && farEnd.state.withLock { $0.room > 0 } }
  var pendingBytes: Int { pending.count }

  var socket: Connection? { nil }

  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard pending.isEmpty else { return 0 }
    return take(bytes)
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    let taken = farEnd.state.withLock { state in
      let taken = min(state.room, bytes.count)
      state.received.append(contentsOf: bytes[..<taken])
      state.room -= taken
      return taken
    }
    if taken > 0 { lastProgress = clock() }
    return taken
  }

  func deflated(_ json: UnsafeRawBufferPointer) -> [UInt8]? {
    farEnd.deflated(json)
  }

  func queue(_ bytes: [UInt8]) {
    pending += bytes
    flush()
  }

  func flush() {
    let taken = pending.withUnsafeBytes { take($0) }
    pending.removeFirst(taken)
  }

  func send(_ json: [UInt8]) {
    var frame: [UInt8] = []
    EventFormat.append(json: json, of: Self.anEvent, epoch: "", as: format, to: &frame)
    queue(frame)
  }

  private static let anEvent = Event(at: Timestamp(milliseconds: 0), body: .other(.status, [:]))

  func probe() {}
  func finish() { farEnd.state.withLock { $0.isFinished = true } }
  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?) {
    farEnd.state.withLock { state in
      state.closed = reason
      state.retryAfter = retryAfterMilliseconds
    }
  }
}

/// A client of `agenthub.v1` that a test drives.
struct Client: Sendable {
  let number: Int
  let fixture: HubFixture
  let farEnd: FarEnd

  /// Connects; `room` bytes may arrive at first.
  static func connect(
    _ number: Int, to fixture: HubFixture, room: Int = .max / 2, deflateLimit: Int = 0
  ) async -> Client {
    let farEnd = FarEnd(room: room)
    await fixture.inside { loop in
      guard let shard = loop[HubShard.key], let clients = loop[Clients.key] else { return }
      clients.sessions[number] = Session(
        MemoryTransport(farEnd, deflateLimit: deflateLimit, clock: { loop.now }), on: shard)
    }
    return Client(number: number, fixture: fixture, farEnd: farEnd)
  }

  func send(_ command: JSON) async { await with { $0.received(text: command.bytes) } }

  /// Connects by a pair of sockets.
  static func connectSocket(
    _ number: Int, to fixture: HubFixture, room: Int = .max / 2, deflateLimit: Int = 0
  ) async -> Client {
    let farEnd = FarEnd(room: room)
    await fixture.inside { loop in
      guard let shard = loop[HubShard.key], let clients = loop[Clients.key] else { return }
      let transport = SocketTransport(farEnd, deflateLimit: deflateLimit, on: loop)
      let session = Session(transport, on: shard)
      transport.session = session
      clients.sessions[number] = session
    }
    return Client(number: number, fixture: fixture, farEnd: farEnd)
  }

  /// Lets more bytes arrive and tells the session.
  func give(_ room: Int) async {
    farEnd.give(room)
    farEnd.pull()
    await with { session in
      (session.subscriber.follower.transport as? MemoryTransport)?.flush()
      if session.subscriber.follower.transport.isWritable { session.becameWritable() }
    }
  }

  func disconnect() async {
    let number = number
    farEnd.hangUp()
    await fixture.inside { loop in
      loop[Clients.key]?.sessions[number]?.closed()
      loop[Clients.key]?.sessions[number] = nil
    }
  }

  /// Waits until a message passes a test, and returns all that came up to then.
  func messages(until isLast: (JSON) -> Bool, seconds: Double = 20) async throws -> [JSON] {
    var all: [JSON] = []
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(seconds))
    while ContinuousClock.now < deadline {
      all += farEnd.takeMessages()
      if all.contains(where: isLast) { return all }
      try await Task.sleep(for: .milliseconds(2))
    }
    throw FixtureError.tookTooLong
  }

  private func with(_ body: @escaping @Sendable (Session) -> Void) async {
    let number = number
    await fixture.inside { loop in
      if let session = loop[Clients.key]?.sessions[number] { body(session) }
    }
  }
}
