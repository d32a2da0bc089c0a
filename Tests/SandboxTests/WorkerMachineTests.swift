import Basics
import TestKit
import Testing

@testable import Sandbox

struct WorkerMachineTests {
  private static let second: UInt64 = 1_000_000_000
  private static let configuration = SandboxConfiguration(worker: [], folder: "", startTime: .seconds(30))

  private static func machine(ready: Bool = true) -> WorkerMachine {
    var machine = WorkerMachine(configuration: configuration, now: 0)
    if ready { _ = machine.take(.said(line(#"{"state":"ready"}"#)), now: 0) }
    return machine
  }

  private static func running(_ call: PythonCall = PythonCall(code: "x", timeout: .seconds(5)))
    -> WorkerMachine
  {
    var machine = machine()
    _ = machine.take(.handed(call), now: 1 * second)
    _ = machine.take(.said(line(#"{"state":"running"}"#)), now: 2 * second)
    return machine
  }

  private static func line(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func failure(_ actions: [WorkerMachine.Action]) -> SandboxError? {
    for action in actions {
      switch action {
      case .answer(.failure(let error)), .failStart(let error): return error
      default: continue
      }
    }
    return nil
  }

  @Test func `a worker that says it is ready waits without a deadline`() {
    var machine = Self.machine(ready: false)
    #expect(machine.deadline == 30 * Self.second)
    #expect(machine.take(.said(Self.line(#"{"state":"ready"}"#)), now: 5) == [.ready])
    #expect(machine.deadline == nil)
  }

  @Test func `a worker that floods its line before it is ready has not started`() {
    var machine = Self.machine(ready: false)
    let actions = machine.take(.overflowed, now: 5)
    #expect(Self.failure(actions)?.kind == .unavailable && actions.last == .kill && machine.isOver)
  }

  @Test(
    arguments: [
      (nil, 5, 60_000), (5, 5, 0), (4, 5, 0), (0, .max, 0), (6, 5, 1), (2_000_005, 5, 3), (.max, 0, 60_000),
    ] as [(UInt64?, UInt64, Int32)])
  func `the thread sleeps until the next deadline, also when that has just passed`(
    deadline: UInt64?, now: UInt64, milliseconds: Int32
  ) {
    #expect(SandboxDriver.milliseconds(until: deadline, from: now) == milliseconds)
  }

  @Test func `the time of the code begins once its data set has been read`() {
    var machine = Self.machine()
    let call = PythonCall(code: "print(1)", timeout: .seconds(5))
    let actions = machine.take(.handed(call), now: 1 * Self.second)
    guard case .send(let bytes) = actions.first else {
      Issue.record("nothing was sent")
      return
    }
    #expect(bytes.last == 10)
    #expect((try? JSON.parse(Array(bytes.dropLast())))?["code"]?.string == "print(1)")
    #expect(machine.deadline == 31 * Self.second)
    #expect(machine.take(.said(Self.line(#"{"state":"running"}"#)), now: 20 * Self.second) == [])
    #expect(machine.deadline == 25 * Self.second)
  }

  @Test func `a result answers the call and ends the worker`() {
    var machine = Self.running()
    let line = Self.line(#"{"state":"done","value":{"mean":2.5},"printed":"x"}"#)
    let outcome = PythonOutcome(value: ["mean": 2.5], printed: "x", duration: .seconds(2))
    #expect(machine.take(.said(line), now: 3 * Self.second) == [.answer(.success(outcome)), .kill])
    #expect(machine.isOver)
    #expect(machine.take(.ended(status: -9, errors: ""), now: 4 * Self.second) == [])
  }

  @Test(
    arguments: [
      (
        #"{"state":"refused","errors":["Import of 'os' not allowed","Call to 'open' not allowed"]}"#,
        "python_refused",
        "Import of 'os' not allowed; Call to 'open' not allowed"
      ),
      (#"{"state":"error","error":"ValueError: no (line 2)"}"#, "python_failed", "ValueError: no (line 2)"),
      (#"{"state":"running"}"#, "python_ended", nil),
      (#"{"state":"ready"}"#, "python_ended", nil), ("nonsense", "python_ended", nil),
      ("", "python_ended", nil),
      (#"{"state":"done","value":[1],"printed":""}"#, "python_ended", nil),
    ] as [(String, String, String?)])
  func `what a worker says other than a result is a failure`(line: String, code: String, message: String?) {
    var machine = Self.running()
    let actions = machine.take(.said(Self.line(line)), now: 3 * Self.second)
    #expect(actions.last == .kill)
    #expect(Self.failure(actions)?.code == code)
    if let message { #expect(Self.failure(actions)?.message == message) }
  }

  @Test func `code that takes too long ends with the seconds it had`() {
    var machine = Self.running()
    let actions = machine.take(.deadline, now: 7 * Self.second)
    #expect(Self.failure(actions)?.message == "Python execution timed out after 5s")
    #expect(actions.last == .kill)
    #expect(
      SandboxError.timedOut(after: .milliseconds(2500)).message == "Python execution timed out after 2.5s")
  }

  @Test(
    arguments: [
      (Int32(-9), "signal 9"), (137, "signal 9"), (-6, "signal 6"), (3, "code 3"), (0, "code 0"),
    ])
  func `a process that ends without a result says how`(status: Int32, words: String) {
    var machine = Self.running()
    let error = Self.failure(machine.take(.ended(status: status, errors: "no"), now: 3 * Self.second))
    #expect(error?.code == "python_ended")
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `a call that nobody waits for ends its worker`() {
    var machine = Self.running()
    #expect(machine.take(.dropped, now: 0) == [.answer(.failure(.cancelled)), .kill])
    var idle = Self.machine()
    #expect(idle.take(.dropped, now: 0) == [.kill])
  }

  @Test func `too long a line ends the call`() {
    var machine = Self.running()
    #expect(Self.failure(machine.take(.overflowed, now: 0))?.kind == .failed)
    #expect(machine.isOver)
  }

  @Test func `a call handed to a worker that is over is still answered`() {
    var machine = Self.machine()
    _ = machine.take(.dropped, now: 0)
    #expect(Self.failure(machine.take(.handed(PythonCall(code: "")), now: 0))?.kind == .ended)
  }

  @Test(
    arguments: [
      (
        "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.",
        "sysctl"
      ),
      ("bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns"),
      ("bwrap: Creating new namespace failed: Operation not permitted", "seccomp=unconfined"),
      ("bwrap: Unknown option --size", "0.7"),
      ("bwrap: Can't mount tmpfs on /newroot: Invalid argument", "mount"),
      ("MemoryError: the code needs more than the 64 MB it may have", "AGENTHUB_PYTHON_MEMORY_MB"),
    ])
  func `a start that fails says what to do`(words: String, hint: String) {
    var machine = Self.machine(ready: false)
    let actions = machine.take(.ended(status: 1, errors: words + "\n"), now: 1)
    let error = Self.failure(actions)
    #expect(error?.code == "python_unavailable")
    #expect(error?.message.contains(words) == true)
    #expect(error?.hint?.contains(hint) == true, "\(error?.hint ?? "")")
  }

  @Test func `a worker that never gets ready is ended`() {
    var machine = Self.machine(ready: false)
    let actions = machine.take(.deadline, now: 30 * Self.second)
    #expect(Self.failure(actions)?.kind == .unavailable)
    #expect(actions.last == .kill)
  }
}
