package import Basics
import CCurl
import CLinux
import Glibc
import Synchronization

/// Sends HTTP requests. One thread drives all transfers; any thread may start, read and cancel them.
///
/// curl and its thread come to life with the first request: setting up TLS takes 2 MB and some milliseconds, which a hub
/// that only serves its own demo never needs.
package final class Fetcher: Sendable {
  private let configuration: FetchConfiguration
  private let log: Log
  private let inbox: FetchInbox
  private let numbers = Atomic<UInt64>(0)
  private let thread = Mutex<pthread_t?>(nil)

  /// - Throws: `curl_failed` when the system gives no descriptor.
  package init(configuration: FetchConfiguration = FetchConfiguration(), log: Log) throws(FetchError) {
    self.configuration = configuration
    self.log = log
    inbox = try FetchInbox()
  }

  deinit { close() }

  /// Nanoseconds of the monotonic clock, the one of `Transfer.next`'s deadline.
  package static var now: UInt64 { clinux_monotonic_nanoseconds() }

  /// The wall clock, for what outlives the process.
  package static var wallTime: Timestamp { Timestamp(milliseconds: clinux_wall_milliseconds()) }

  /// Starts a transfer. What is wrong with the request is thrown by the transfer.
  package func start(_ request: FetchRequest) -> Transfer {
    let channel = TransferChannel(limit: configuration.bufferLimit)
    let number = numbers.add(1, ordering: .relaxed).newValue
    let host = request.url.host
    do throws(FetchError) {
      try request.validate(isProxied: !configuration.proxy.isEmpty)
      try startThreadOnce()
      if !inbox.put(.start(FetchOrder(number: number, request: request, channel: channel))) {
        throw .cancelled(host: host)
      }
    } catch {
      channel.finish(.failure(error))
    }
    return Transfer(channel: channel, inbox: inbox, number: number, host: host)
  }

  /// Cancels every transfer and ends the thread; later transfers fail with `cancelled`.
  package func close() {
    inbox.close()
    if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
  }

  private func startThreadOnce() throws(FetchError) {
    try thread.withLock { (thread) throws(FetchError) in
      guard thread == nil else { return }
      guard ccurl_global_init() == CURLE_OK else {
        throw FetchError(.curlFailed, "curl could not be set up.")
      }
      let loop = try FetchLoop(configuration: configuration, inbox: inbox, log: log)
      thread = try Self.startThread(loop)
    }
  }

  private static func startThread(_ loop: FetchLoop) throws(FetchError) -> pthread_t {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(loop)
    let result = pthread_create(
      &thread, nil,
      { argument in
        // The process's signals are for its main thread; SIGPIPE blocked here turns into EPIPE.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        if let argument { Unmanaged<FetchLoop>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, argument.toOpaque())
    guard result == 0 else {
      argument.release()
      throw FetchError(.curlFailed, "The fetch thread could not be started (errno \(result)).")
    }
    return thread
  }
}
