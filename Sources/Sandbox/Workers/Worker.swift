import Basics

/// One worker as the sandbox's thread sees it: its rule, its processes, its folder.
final class Worker {
  let number: Int
  var machine: WorkerMachine
  let process: WorkerProcess
  let folder: WorkerFolder
  var parser: WorkerReportParser
  let started: UInt64
  /// The call it does, or has done.
  var call: CallOrder?
  /// When bubblewrap itself is ended, should it not have followed its first process; nil while nothing was killed.
  var lastResort: UInt64?

  init(
    number: Int, process: WorkerProcess, folder: WorkerFolder, configuration: SandboxConfiguration,
    now: UInt64
  ) {
    self.number = number
    self.process = process
    self.folder = folder
    started = now
    machine = WorkerMachine(configuration: configuration, now: now)
    parser = WorkerReportParser(limit: configuration.limits.lineLimit)
  }

  /// When the loop must look at it even if nothing happens.
  var deadline: UInt64? {
    guard let rule = machine.deadline, let lastResort else { return machine.deadline ?? lastResort }
    return min(rule, lastResort)
  }
}

extension SandboxLimits {
  /// The longest line of a worker: a result, and the printed text with every character escaped.
  fileprivate var lineLimit: Int { answer + 12 * output + 65_536 }
}
