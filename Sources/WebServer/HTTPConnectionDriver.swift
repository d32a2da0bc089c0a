import EventEngine
import Wire

/// Carries out what the HTTP machine of one connection decides.
///
/// Answers to requests that came together leave in one write. After an upgrade the driver is let go.
final class HTTPConnectionDriver: ConnectionDelegate {
  /// A request that waits for its body, or for its answer. A box, so that an idle connection does not carry its size.
  final class Service {
    var request: Request
    let action: RouteAction
    /// Where its body goes while it comes; nil when the route gets it whole.
    var stream: BodyStream?
    /// Whether its body is whole and its route at work.
    var isRunning = false
    /// What its route wants to be done if the peer leaves.
    var leave: (@Sendable () -> Void)?

    init(_ request: Request, _ action: RouteAction) {
      self.request = request
      self.action = action
    }

    /// The peer has left, or seems to.
    func tellDeparture() {
      leave?()
      leave = nil
    }
  }

  let connection: Connection
  let server: ServerCore
  let face: ServerFace
  let shared: ServerLoop
  var machine: HTTPConnectionMachine
  /// Answers are put together here; only what the kernel refuses is copied. The storage is the loop's, on loan while
  /// the driver works: routes may write to other connections meanwhile, and theirs must not mix with these.
  var output: [UInt8] = []
  private var service: Service?
  /// The answer under way, when it is a stream.
  var stream: ResponseStream?
  /// Nothing more is to be done: the connection closes, or speaks another protocol.
  var isOver = false
  /// Counts requests, so that a late answer does not go to a later one.
  private var number: UInt64 = 0
  private var isPumping = false
  private lazy var remoteAddress = connection.remoteAddress
  private var timer: TimerToken?
  private var timerMoment = UInt64.max

  init(_ connection: Connection, _ server: ServerCore, _ face: ServerFace, _ shared: ServerLoop) {
    self.connection = connection
    self.server = server
    self.face = face
    self.shared = shared
    machine = HTTPConnectionMachine(
      limits: face.limits(server.configuration.limits), deadlines: server.configuration.deadlines,
      now: .nanoseconds(connection.home.now))
    if shared.isStopping { machine.quiesce() }
    armTimer(machine.wakeAt)
  }

  var now: Duration { .nanoseconds(connection.home.now) }

  // MARK: - Facts

  func received(_ bytes: UnsafeRawBufferPointer, from connection: Connection) {
    machine.received(bytes.bindMemory(to: UInt8.self).span, now: now)
    pump()
  }

  func becameWritable(_ connection: Connection) {
    stream?.onWritable?()
    pump()
  }

  func peerFinished(_ connection: Connection) {
    machine.peerFinished()
    stream?.onPeerFinished?()
    service?.tellDeparture()
    pump()
  }

  func closed(_ connection: Connection, reason: ConnectionEnd) {
    let stream = stream
    retire()
    stream?.close()
    server.connectionEnded(shared)
  }

  /// The driver's work is over.
  func retire() {
    isOver = true
    if let timer { connection.home.cancel(timer) }
    timer = nil
    endService()
    stream = nil
    LoopCounters.add(-1, to: shared.counters.connections)
  }

  /// The server stops: idle connections close now, others after their answer. The rest of a half-sent request is not waited for.
  func quiesce() {
    machine.quiesce()
    stream?.stop()
    if let service, !service.isRunning, !isOver {
      endService()
      borrowOutput()
      respond(face.leaving(service.request), to: service.request)
    }
    pump()
  }

  // MARK: - Actions

  /// Does what the machine says until it waits.
  func pump() {
    guard !isPumping, !isOver else { return }
    isPumping = true
    borrowOutput()
    while !isOver, takesBody,
      output.count + connection.pendingBytes <= server.configuration.unsentLimit || flushes()
    {
      guard perform(machine.next()) else { break }
    }
    isPumping = false
    flush()
    returnOutput()
    guard !isOver else { return }
    let outlook = Self.outlook(&machine)
    if outlook.wantsBytes, takesBody, connection.pendingBytes <= server.configuration.unsentLimit {
      connection.resumeReading()
    } else {
      connection.pauseReading()
    }
    armTimer(outlook.wakeAt)
  }

  /// What the machine waits for. By reference: asking the property itself would copy the whole machine first.
  private static func outlook(
    _ machine: inout HTTPConnectionMachine
  ) -> (wantsBytes: Bool, wakeAt: Duration?) {
    (machine.wantsBytes, machine.wakeAt)
  }

  /// Tries to make room for more answers; `becameWritable` goes on when there is none.
  private func flushes() -> Bool {
    flush()
    return connection.pendingBytes == 0
  }

  /// Returns whether the machine is to be asked again.
  private func perform(_ action: HTTPConnectionAction) -> Bool {
    switch action {
    case .request(let head): begin(head)
    case .body(let bytes):
      guard let service else { break }
      if let stream = service.stream {
        stream.put(bytes)
      } else if service.request.body.isEmpty {
        service.request.body = bytes
      } else {
        service.request.body += bytes
      }
    case .requestEnded: run()
    case .send(let bytes): output += bytes
    case .refuse(let error):
      let request = service?.request
      let path = request?.path ?? machine.refusedPath
      endService()
      respond(
        face.hooks.errorResponse(error.status, error.code, error.message, error.hint, path), to: request)
    case .abandon:
      isOver = true
      endService()
      output.removeAll(keepingCapacity: true)
      connection.abort()
    case .close:
      isOver = true
      flush()
      connection.finish()
    case .wait: return false
    }
    return !isOver
  }

  /// Finds the route. What has none is answered before its body comes; the machine then drops the body.
  /// What has no body and a direct route is answered on the spot, which spares the box.
  private func begin(_ head: HTTPRequestHead) {
    number &+= 1
    shared.counters.countRequest()
    var request = Request(
      id: RequestIdentifiers.given(in: head.fields) ?? shared.nextRequestID(), head: head,
      remoteAddress: remoteAddress, network: connection.network, moment: connection.home.now,
      isSecure: connection.isSecure,
      loop: connection.home.outside, exchange: Request.Exchange(connection: connection.id, number: number))
    if let answer = face.hooks.admit?(request) { return respond(answer, to: request) }
    switch face.router.match(head.method, head.target) {
    case .route(let route, let parameters):
      request.parameters = parameters
      if head.framing == .none, case .direct(let answer) = route.action {
        return respond(answer(request), to: request)
      }
      let service = Service(request, route.action)
      self.service = service
      if head.framing != .none { machine.bodyWanted() }
      if case .streamed(_, let answer) = route.action { stream(to: service, answer) }
    case .otherMethods(let methods): respond(face.otherMethods(methods, request), to: request)
    case .nothing: respond(face.noRoute(request), to: request)
    }
  }

  /// The request is whole: its route answers, now or later.
  private func run() {
    guard let service else { return }
    service.isRunning = true
    switch service.action {
    case .direct(let answer):
      self.service = nil
      respond(answer(service.request), to: service.request)
    case .async(let answer):
      let (loop, give, request) = (connection.home.outside, giver, service.request)
      Task(executorPreference: loop) { give(await answer(request)) }
    case .streamed: service.stream?.end()
    }
  }

  /// Starts a route that takes its body while it comes. Not on the loop: such routes write to files.
  private func stream(
    to service: Service, _ answer: @escaping @Sendable (Request, BodyStream) async -> Response
  ) {
    let (loop, id, give, request) = (connection.home.outside, connection.id, giver, service.request)
    let stream = BodyStream {
      loop.submit { loop in (loop.connection(id)?.delegate as? HTTPConnectionDriver)?.pump() }
    }
    service.stream = stream
    Task { give(await answer(request, stream)) }
  }

  /// Brings the answer to the request in service back to the loop.
  private var giver: @Sendable (Response) -> Void {
    let (loop, id, number) = (connection.home.outside, connection.id, number)
    return { response in
      loop.submit { loop in
        guard let driver = loop.connection(id)?.delegate as? HTTPConnectionDriver else { return }
        driver.answerCame(response, number: number)
      }
    }
  }

  /// Whether the request in service takes more of its body.
  private var takesBody: Bool { service?.stream.map { !$0.isFull } ?? true }

  /// Nobody waits any more for the request in service.
  private func endService() {
    service?.stream?.cut()
    service?.tellDeparture()
    service = nil
  }

  /// Remembers what a route wants to be done if the peer leaves before its answer.
  func tell(_ leave: @escaping @Sendable () -> Void, ifPeerLeavesRequest number: UInt64) {
    guard number == self.number, let service, !isOver, !connection.isPeerFinished else { return leave() }
    service.leave = leave
  }

  private func answerCame(_ response: Response, number: UInt64) {
    guard number == self.number, let service, !isOver else { return }
    self.service = nil
    borrowOutput()
    respond(response, to: service.request)
    pump()
  }

  // MARK: - Sending and waiting

  /// Sends what has been put together.
  func flush() {
    guard !output.isEmpty else { return }
    let written = output.withUnsafeBytes { connection.write($0) }
    if written < output.count { connection.send(Array(output[written...])) }
    output.removeAll(keepingCapacity: output.capacity <= 65536)
  }

  func borrowOutput() {
    if output.capacity == 0 { swap(&output, &shared.spareOutput) }
  }

  private func returnOutput() {
    if shared.spareOutput.capacity == 0 { swap(&output, &shared.spareOutput) } else { output = [] }
  }

  /// Arms the one timer. A moment that moved later is noticed when the earlier one comes, which saves a timer a request.
  private func armTimer(_ wakeAt: Duration?) {
    let machineMoment = wakeAt.map { UInt64(max(0, $0.wholeNanoseconds)) } ?? .max
    let moment = min(machineMoment, stalledMoment ?? .max)
    guard moment < timerMoment else { return }
    let loop = connection.home
    if let timer { loop.cancel(timer) }
    timerMoment = moment
    let delay = Duration.nanoseconds(moment > loop.now ? moment - loop.now : 0)
    timer = loop.schedule(after: delay) { [self] loop in
      timer = nil
      timerMoment = .max
      timePassed(loop)
    }
  }

  private func timePassed(_ loop: Loop) {
    guard !isOver else { return }
    if let stalled = stalledMoment, stalled <= loop.now { return connection.abort() }
    machine.deadlinePassed(now: now)
    pump()
  }

  /// Sends a piece of the stream.
  func write(_ piece: [UInt8], _ encoder: HTTPResponseEncoder) {
    borrowOutput()
    encoder.appendBody(piece, to: &output)
    flush()
    if !isPumping { returnOutput() }
    armTimer(nil)
  }

  private var stalledMoment: UInt64? {
    connection.pendingBytes == 0
      ? nil : connection.lastProgress &+ UInt64(max(0, server.configuration.stalledWrite.wholeNanoseconds))
  }
}

extension Duration {
  /// Whole nanoseconds.
  fileprivate var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
  }
}
