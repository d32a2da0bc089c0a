package import Basics
import Glibc
import Synchronization

/// Runs Python code in a sandbox: no network, no files but its data set, bounded memory and time, nothing left for the next call.
///
/// One thread drives all workers. It begins with the first call, so a hub that never runs Python has neither thread nor process; and it
/// lives until `stop`, because the kernel ends the workers with the thread that started them, which covers a killed hub.
package final class PythonSandbox: Sendable {
  private let configuration: SandboxConfiguration
  private let log: Log
  private let inbox: SandboxInbox
  private let numbers = Atomic<UInt64>(0)
  private let thread = Mutex<pthread_t?>(nil)

  /// The longest code, in bytes.
  private static let codeLimit = 256 << 10

  /// - Throws: `python_unavailable` when the system gives no descriptor.
  package init(configuration: SandboxConfiguration, log: Log) throws(SandboxError) {
    self.configuration = configuration
    self.log = log
    inbox = try SandboxInbox()
  }

  deinit { stop() }

  /// Runs code once. Cancelling the task ends it.
  ///
  /// - Throws: `python_refused` or `python_invalid` with the check's words, `python_failed` with type, message and line of the code's own error,
  ///   `python_timed_out`, `python_ended`, `python_busy`, `python_unavailable` with what to install, `cancelled`, `stopped`.
  package func run(_ call: PythonCall) async throws(SandboxError) -> PythonOutcome {
    guard call.code.utf8.count <= Self.codeLimit else {
      throw SandboxError(.refused, "The code is longer than \(Self.codeLimit >> 10) KB")
    }
    try startThreadOnce()
    var bounded = call
    bounded.timeout = min(max(call.timeout, .milliseconds(100)), configuration.longestCall)
    return try await answer(bounded).get()
  }

  /// Ends every call and every worker, and waits until they are gone.
  package func stop() {
    inbox.close()
    if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
  }

  private func answer(_ call: PythonCall) async -> Result<PythonOutcome, SandboxError> {
    let number = numbers.add(1, ordering: .relaxed).newValue
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let order = CallOrder(number: number, call: call, continuation: continuation)
        guard inbox.put(.call(order)) else { return continuation.resume(returning: .failure(.stopped)) }
        // A cancellation before this line found nothing to cancel.
        if Task.isCancelled { inbox.put(.cancel(number)) }
      }
    } onCancel: {
      inbox.put(.cancel(number))
    }
  }

  private func startThreadOnce() throws(SandboxError) {
    try thread.withLock { (thread) throws(SandboxError) in
      guard thread == nil else { return }
      // After the stop the folder, and what runs with it, may be the next hub's.
      guard !inbox.isClosing else { throw .stopped }
      try WorkerFolder.prepare(configuration.folder, bubblewrap: configuration.bubblewrap)
      let driver = try SandboxDriver(configuration: configuration, inbox: inbox, log: log)
      thread = try Self.startThread(driver)
    }
  }

  private static func startThread(_ driver: sending SandboxDriver) throws(SandboxError) -> pthread_t {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(driver)
    let result = pthread_create(
      &thread, nil,
      { argument in
        // The process's signals are for its main thread; SIGPIPE blocked here turns into EPIPE.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        if let argument { Unmanaged<SandboxDriver>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, argument.toOpaque())
    guard result == 0 else {
      argument.release()
      throw .system("start a thread", result)
    }
    return thread
  }
}
