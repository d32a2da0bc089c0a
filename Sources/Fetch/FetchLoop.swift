import Basics
import CCurl
import CLinux
import Glibc

/// The fetch thread: one curl multi handle on one epoll. Nothing in it is touched from another thread.
///
/// `curl_multi_socket_action` halves the CPU a chunk against `curl_multi_perform` (500 streams: 7 against 14 µs).
final class FetchLoop {
  private let configuration: FetchConfiguration
  private let inbox: FetchInbox
  private let log: Log
  private let multi: UnsafeMutableRawPointer
  private let epoll: Int32
  private var exchanges: [UInt64: Exchange] = [:]
  private var sockets: Set<Int32> = []
  /// Filled by epoll, kept so that a turn allocates nothing.
  private var events = [epoll_event](repeating: epoll_event(), count: 512)
  /// When curl wants to be called next, in monotonic nanoseconds.
  private var curlDeadline = UInt64.max
  /// No timer of an exchange passes before this.
  private var timerDeadline = UInt64.max
  private var pace = FetchPace()

  init(configuration: FetchConfiguration, inbox: FetchInbox, log: Log) throws(FetchError) {
    let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0, let multi = curl_multi_init() else {
      throw FetchError(.curlFailed, "The fetch thread could not be set up (errno \(errno)).")
    }
    self.configuration = configuration
    self.inbox = inbox
    self.log = log
    self.multi = multi
    self.epoll = epoll
    watch(inbox.descriptor, EPOLLIN.rawValue, EPOLL_CTL_ADD)
    installCallbacks()
  }

  deinit {
    // Closing idle connections would call back into an object that is going away.
    ccurl_multi_set_socket_function(multi, nil)
    ccurl_multi_set_timer_function(multi, nil)
    curl_multi_cleanup(multi)
    close(epoll)
  }

  /// Works until the inbox is closed, then cancels what is left.
  func run() {
    while true {
      let contents = inbox.take(now: Fetcher.now)
      for alarm in contents.due { alarm.channel.expire(wait: alarm.wait) }
      if contents.isClosing {
        cancelAll(contents.commands)
        return cancelAll(inbox.shut().commands)
      }
      for command in contents.commands { perform(command) }
      callCurlIfDue()
      expireTimers()
      collectFinished()
      sleepAndRead()
    }
  }

  private func perform(_ command: FetchInbox.Command) {
    switch command {
    case .start(let order): start(order)
    case .resume(let number): exchanges[number]?.resume(now: Fetcher.now)
    case .cancel(let number):
      // Removing a running HTTP/1.1 handle closes its connection, which stops the generation upstream.
      if let exchange = exchanges[number] { remove(exchange) }
    case .linger(let number):
      guard let exchange = exchanges[number] else { return }
      exchange.linger(now: Fetcher.now)
      timerDeadline = min(timerDeadline, exchange.timers.nextLook(now: Fetcher.now))
    }
  }

  private func start(_ order: FetchOrder) {
    do throws(FetchError) {
      let exchange = try Exchange(order, configuration: configuration, now: Fetcher.now)
      let code = curl_multi_add_handle(multi, exchange.easy)
      guard code == CURLM_OK else {
        throw FetchError(
          .curlFailed, "curl refused a transfer from \(exchange.host) (multi \(code.rawValue)).")
      }
      exchanges[order.number] = exchange
      timerDeadline = min(timerDeadline, exchange.timers.nextLook(now: Fetcher.now))
      log.write(.debug, "transfer started", ["host": exchange.host, "transfer": "\(order.number)"])
    } catch {
      order.channel.finish(.failure(error))
    }
  }

  private func remove(_ exchange: Exchange) {
    curl_multi_remove_handle(multi, exchange.easy)
    exchanges[exchange.number] = nil
  }

  private func cancelAll(_ commands: [FetchInbox.Command]) {
    for exchange in exchanges.values {
      exchange.channel.finish(.failure(.cancelled(host: exchange.host)))
      remove(exchange)
    }
    for case .start(let order) in commands {
      order.channel.finish(.failure(.cancelled(host: order.request.url.host)))
    }
  }

  private func callCurlIfDue() {
    guard curlDeadline <= Fetcher.now else { return }
    curlDeadline = .max
    act(socket: -1, events: 0)
  }

  /// Looks at all timers, but only when the earliest deadline seen last time has come.
  private func expireTimers() {
    let now = Fetcher.now
    guard timerDeadline <= now else { return }
    timerDeadline = .max
    for exchange in exchanges.values {
      if let timeout = exchange.timers.expiry(now: now) {
        exchange.fail(timeout)
        remove(exchange)
      } else {
        timerDeadline = min(timerDeadline, exchange.timers.nextLook(now: now))
      }
    }
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message dies with the removal of its handle.
      let code = message.pointee.data.result
      var pointer: UnsafeMutableRawPointer?
      ccurl_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
      guard let exchange = Exchange.from(pointer) else { continue }
      log.write(.debug, "transfer ended", ["host": exchange.host, "curl": "\(code.rawValue)"])
      exchange.finish(code)
      remove(exchange)
    }
  }

  private func sleepAndRead() {
    let wakeAt = inbox.sleep(until: min(curlDeadline, timerDeadline))
    let count = epoll_wait(epoll, &events, Int32(events.count), Self.milliseconds(until: wakeAt))
    defer { rest(behind: Int(count)) }
    for event in events.prefix(max(0, Int(count))) {
      let socket = event.data.fd
      if socket == inbox.descriptor {
        inbox.drain()
      } else if sockets.contains(socket) {
        act(socket: socket, events: Self.curlEvents(event.events))
      }
    }
  }

  /// Lets more come before the next look, where very much comes.
  private func rest(behind count: Int) {
    let rest = pace.looked(at: Fetcher.now, pieces: max(0, count))
    guard rest > 0 else { return }
    var time = timespec(tv_sec: 0, tv_nsec: Int(rest))
    nanosleep(&time, nil)
  }

  private func act(socket: Int32, events: Int32) {
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, events, &running)
  }

  /// Rounded up, so that a deadline has passed when epoll returns; an hour at most.
  private static func milliseconds(until time: UInt64) -> Int32 {
    let now = Fetcher.now
    guard time > now else { return 0 }
    return Int32(min((time - now + 999_999) / 1_000_000, 3_600_000))
  }

  private static func curlEvents(_ events: UInt32) -> Int32 {
    var result: Int32 = 0
    if events & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { result |= CURL_CSELECT_IN }
    if events & EPOLLOUT.rawValue != 0 { result |= CURL_CSELECT_OUT }
    if events & EPOLLERR.rawValue != 0 { result |= CURL_CSELECT_ERR }
    return result
  }
}

// MARK: curl's wishes

extension FetchLoop {
  private func installCallbacks() {
    // Unretained: the multi handle does not outlive the loop.
    let this = Unmanaged.passUnretained(self).toOpaque()
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
    ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, this)
    ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, this)
    ccurl_multi_set_socket_function(multi) { _, socket, wish, this, _ in
      FetchLoop.from(this)?.follow(socket, wish)
      return 0
    }
    ccurl_multi_set_timer_function(multi) { _, milliseconds, this in
      FetchLoop.from(this)?.callBack(in: milliseconds)
      return 0
    }
  }

  private static func from(_ pointer: UnsafeMutableRawPointer?) -> FetchLoop? {
    pointer.map { Unmanaged<FetchLoop>.fromOpaque($0).takeUnretainedValue() }
  }

  private func callBack(in milliseconds: Int) {
    curlDeadline = milliseconds < 0 ? .max : Fetcher.now + UInt64(milliseconds) * 1_000_000
  }

  private func follow(_ socket: Int32, _ wish: Int32) {
    guard wish != CURL_POLL_REMOVE else {
      sockets.remove(socket)
      epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
      return
    }
    var events: UInt32 = 0
    if wish & CURL_POLL_IN != 0 { events |= EPOLLIN.rawValue }
    if wish & CURL_POLL_OUT != 0 { events |= EPOLLOUT.rawValue }
    watch(socket, events, sockets.insert(socket).inserted ? EPOLL_CTL_ADD : EPOLL_CTL_MOD)
  }

  private func watch(_ descriptor: Int32, _ events: UInt32, _ operation: Int32) {
    var event = epoll_event()
    event.events = events
    event.data.fd = descriptor
    epoll_ctl(epoll, operation, descriptor, &event)
  }
}
