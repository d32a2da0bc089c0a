import Basics
import Glibc
import Synchronization
import TestKit
import Testing

@testable import Sandbox

/// What is left of workers: nothing. Each test has a sandbox of its own, and finds its processes by its folder's name.
@Suite(.enabled(SandboxHost.needsSandbox) { await SandboxHost.runs([]) })
struct SandboxLifeTests {
  @Test func `nothing is started before the first call`() async throws {
    let sandbox = try TestSandbox()
    #expect(Processes.mentioning(sandbox.scratch.path) == [])
  }

  @Test func `a call after the stop touches nothing`() async throws {
    let sandbox = try TestSandbox()
    sandbox.sandbox.stop()
    let error = await #expect(throws: SandboxError.self) { try await sandbox.run("print(1)") }
    #expect(error?.kind == .stopped)
    #expect(sandbox.scratch.names == [])
  }

  @Test func `a worker waits ready after a call, and all end with the sandbox`() async throws {
    let sandbox = try TestSandbox(readyWorkers: 2)
    _ = try await sandbox.run("print(1)")
    // Bubblewrap, its first process and the interpreter have it on their command lines, each as one of ours.
    try await eventually { Processes.mentioning(sandbox.scratch.path).count >= 4 }
    // When memory runs out, it is theirs that is taken, not the hub's.
    try await eventually {
      let workers = Processes.children(of: Processes.mentioning(sandbox.scratch.path)).filter {
        Processes.contents("/proc/\($0)/cmdline").contains("worker.py")
      }
      return !workers.isEmpty
        && workers.allSatisfy { Processes.contents("/proc/\($0)/oom_score_adj") == "1000\n" }
    }
    await onThreadNoThrow { sandbox.sandbox.stop() }
    #expect(Processes.mentioning(sandbox.scratch.path) == [])
    let error = await #expect(throws: SandboxError.self) { try await sandbox.run("print(1)") }
    #expect(error?.kind == .stopped)
  }

  @Test func `workers that nobody needs for a while are ended`() async throws {
    let sandbox = try TestSandbox(idleTime: .milliseconds(300))
    _ = try await sandbox.run("print(1)")
    try await eventually { Processes.mentioning(sandbox.scratch.path).isEmpty }
    _ = try await sandbox.run("print(1)")
  }

  @Test func `a call that times out leaves no process and no folder`() async throws {
    let sandbox = try TestSandbox(readyWorkers: 0)
    await #expect(throws: SandboxError.self) {
      try await sandbox.run("while True: pass", timeout: .milliseconds(200))
    }
    try await eventually { Processes.mentioning(sandbox.scratch.path).isEmpty && Processes.zombies().isEmpty }
    try await eventually { sandbox.workerFolders == [] }
  }

  @Test func `cancelling a call ends its worker`() async throws {
    let sandbox = try TestSandbox(readyWorkers: 0)
    let call = Task { try await sandbox.run("while True: pass") }
    try await eventually { !Processes.mentioning(sandbox.scratch.path).isEmpty }
    call.cancel()
    let error = await #expect(throws: SandboxError.self) { try await call.value }
    #expect(error?.kind == .cancelled)
    try await eventually { Processes.mentioning(sandbox.scratch.path).isEmpty }
  }

  @Test func `stopping answers calls under way`() async throws {
    let sandbox = try TestSandbox(readyWorkers: 0)
    let call = Task { try await sandbox.run("while True: pass") }
    try await eventually { !Processes.mentioning(sandbox.scratch.path).isEmpty }
    await onThreadNoThrow { sandbox.sandbox.stop() }
    let error = await #expect(throws: SandboxError.self) { try await call.value }
    #expect(error?.kind == .stopped)
  }

  @Test func `calls beyond the queue are refused, the others all answered`() async throws {
    let sandbox = try TestSandbox(simultaneousCalls: 2, waitingCalls: 4)
    let kinds = await withTaskGroup(of: SandboxError.Code?.self) { group in
      for number in 0..<12 {
        group.addTask {
          do throws(SandboxError) {
            let outcome = try await sandbox.run("print(\(number) * 2)")
            #expect(outcome.value["output"]?.integer == Int64(number * 2))
            return nil
          } catch {
            return error.kind
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(kinds.filter { $0 == nil }.count >= 4)
    #expect(Set(kinds.compactMap { $0 }).subtracting([.busy]) == [])
  }

  @Test func `many calls leave no descriptor behind`() async throws {
    let sandbox = try TestSandbox()
    _ = try await sandbox.run("print(1)")
    let before = Processes.pipes()
    for number in 0..<12 {
      _ = try? await sandbox.run(
        number % 3 == 0 ? "1 / 0" : number % 3 == 1 ? "print('x' * 100000)" : "import os")
    }
    // A worker that starts or ends just now holds a few.
    try await eventually { Processes.pipes() <= before + 12 }
  }

  @Test func `a killed hub takes its workers with it`() async throws {
    // The kernel's word for it, asked of the process that would be left.
    let folder = "/tmp/agenthub-test-\(getpid())-killed"
    setenv("AGENTHUB_TEST_FOLDER", folder, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      guard let folder = getenv("AGENTHUB_TEST_FOLDER").map({ String(cString: $0) }) else { return }
      let ready = Mutex(0)
      let log = Log(level: .debug) { event in
        if event.message == "Python worker ready" { ready.withLock { $0 += 1 } }
      }
      let sandbox = try PythonSandbox(
        configuration: SandboxConfiguration(
          worker: Array((Repository.text(of: "Sandbox/worker.py") ?? "").utf8), folder: folder, modules: [],
          readyWorkers: 1),
        log: log)
      _ = try await sandbox.run(PythonCall(code: "print(1)"))
      let spinning = Task {
        try await sandbox.run(PythonCall(code: "while True: pass", timeout: .seconds(300)))
      }
      // The one that is done, the one that spins, and one that waits.
      try await eventually { ready.withLock { $0 } >= 3 }
      kill(getpid(), SIGKILL)
      _ = try await spinning.value
    }
    try await eventually { Processes.mentioning(folder).isEmpty }
    // What the killed one left of its folders, the next removes.
    let next = try PythonSandbox(
      configuration: SandboxConfiguration(worker: [], folder: folder, bubblewrap: [], modules: []),
      log: .silent)
    _ = try? await next.run(PythonCall(code: ""))
    next.stop()
    #expect(rmdir(folder) == 0, "errno \(errno)")
  }

  @Test func `of a hub that is killed while a worker starts nothing is left behind the next start`()
    async throws
  {
    let folder = "/tmp/agenthub-test-\(getpid())-starting"
    let usual = SandboxConfiguration(worker: [], folder: folder, modules: [])
    setenv("AGENTHUB_TEST_STARTING", folder, 1)
    for delay in [0, 500, 1000, 2000, 4000, 8000] {
      setenv("AGENTHUB_TEST_DELAY", "\(delay)", 1)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        guard let folder = getenv("AGENTHUB_TEST_STARTING").map({ String(cString: $0) }),
          let delay = getenv("AGENTHUB_TEST_DELAY").flatMap({ UInt32(String(cString: $0)) })
        else { return }
        let sandbox = try PythonSandbox(
          configuration: SandboxConfiguration(
            worker: Array((Repository.text(of: "Sandbox/worker.py") ?? "").utf8), folder: folder, modules: []),
          log: .silent)
        let call = Task {
          try await sandbox.run(PythonCall(code: "while True: pass", timeout: .seconds(300)))
        }
        try await eventually { !Processes.mentioning(folder).isEmpty }
        usleep(delay)
        kill(getpid(), SIGKILL)
        _ = try await call.value
      }
      // Within some microseconds of its own start bwrap is not yet bound to its parent's life; what is left then, the next hub ends.
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(1))
      while !Processes.mentioning(folder).isEmpty, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
      }
      try WorkerFolder.prepare(folder, bubblewrap: usual.bubblewrap)
      try await eventually { Processes.mentioning(folder).isEmpty }
    }
    #expect(rmdir(folder) == 0, "errno \(errno)")
  }

  @Test func `a process that an earlier hub left is ended at the start`() async throws {
    let scratch = ScratchFolder()
    let folder = "\(scratch.path)/python"
    mkdir(folder, 0o700)
    mkdir("\(folder)/worker-3", 0o700)
    let left = try ChildProcess("/usr/bin/tail", ["-F", "\(folder)/worker-3"])
    let other = try ChildProcess("/usr/bin/tail", ["-F", "\(folder)/worker-33"])
    let sandbox = try PythonSandbox(
      configuration: SandboxConfiguration(
        worker: [], folder: folder, python: "/none", bubblewrap: ["/usr/bin/tail"], modules: []), log: .silent
    )
    _ = try? await sandbox.run(PythonCall(code: ""))
    sandbox.stop()
    try await eventually { Processes.mentioning("\(folder)/worker-3\0").isEmpty }
    #expect(left.reap() == -SIGKILL)
    #expect(other.reap() == nil)
    other.kill()
    try await eventually { Processes.mentioning("\(folder)/worker-33").isEmpty }
    _ = other.reap()
    #expect(rmdir(folder) == 0, "errno \(errno)")
  }
}

extension TestSandbox {
  /// The folders of workers that are not removed yet.
  fileprivate var workerFolders: [String] {
    guard let directory = opendir("\(scratch.path)/python") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}

private func onThreadNoThrow(_ work: @escaping @Sendable () -> Void) async {
  _ = try? await onThread(work)
}
