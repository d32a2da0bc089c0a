/// What holds for every Python call of a hub.
package struct SandboxConfiguration: Sendable {
  /// The program that runs inside each sandbox, `Sandbox/worker.py`.
  package var worker: [UInt8]
  /// A folder of the sandbox's own, where each worker's data set is laid; what lies there is removed at the start.
  package var folder: String
  /// The interpreter.
  package var python: String
  /// Where bubblewrap is looked for, in this order.
  package var bubblewrap: [String]
  /// The libraries that must be there.
  package var modules: [PythonModule]
  /// Workers that wait ready, with their libraries loaded, once there has been a call.
  package var readyWorkers: Int
  /// Calls that run at once; more wait.
  package var simultaneousCalls: Int
  /// Calls that may wait; more are refused.
  package var waitingCalls: Int
  /// After how long without a call the ready workers are ended.
  package var idleTime: Duration
  /// Within which a worker must be ready, and a data set read.
  package var startTime: Duration
  /// The longest that a call may ask for.
  package var longestCall: Duration
  package var limits: SandboxLimits

  package init(
    worker: [UInt8], folder: String, python: String = HostPython.usualPath,
    bubblewrap: [String] = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"],
    modules: [PythonModule] = PythonModule.allCases, readyWorkers: Int = 1, simultaneousCalls: Int = 2,
    waitingCalls: Int = 32, idleTime: Duration = .seconds(600), startTime: Duration = .seconds(60),
    longestCall: Duration = .seconds(300), limits: SandboxLimits = SandboxLimits()
  ) {
    self.worker = worker
    self.folder = folder
    self.python = python
    self.bubblewrap = bubblewrap
    self.modules = modules
    self.readyWorkers = readyWorkers
    self.simultaneousCalls = simultaneousCalls
    self.waitingCalls = waitingCalls
    self.idleTime = idleTime
    self.startTime = startTime
    self.longestCall = longestCall
    self.limits = limits
  }
}

/// What one worker may take of the host.
package struct SandboxLimits: Equatable, Sendable {
  /// Bytes of address space.
  package var memory: Int
  /// Bytes of its folder for temporary files, which lies in memory, too.
  package var temporaryFiles: Int
  /// Characters of printed text that are kept.
  package var output: Int
  /// Bytes of a result as JSON.
  package var answer: Int
  package var openFiles: Int
  /// Threads; the filter allows no processes.
  package var threads: Int

  package init(
    memory: Int = 1 << 30, temporaryFiles: Int = 64 << 20, output: Int = 256 << 10, answer: Int = 1 << 20,
    openFiles: Int = 64, threads: Int = 16
  ) {
    self.memory = memory
    self.temporaryFiles = temporaryFiles
    self.output = output
    self.answer = answer
    self.openFiles = openFiles
    self.threads = threads
  }
}
