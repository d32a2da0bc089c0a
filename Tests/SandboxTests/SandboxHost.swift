import Basics
import Glibc
import Sandbox
import Synchronization
import TestKit
import Testing

/// What this host can do, found out once; tests that need more are skipped, with these words.
enum SandboxHost {
  static let needsSandbox: Comment =
    "needs bubblewrap and python3 (apt-get install bubblewrap python3) and a host that allows user namespaces"
  static let needsLibraries: Comment = "needs python3-pandas and python3-scipy besides a working sandbox"

  /// Whether code runs in a sandbox here, with the libraries or without.
  static func runs(_ modules: [PythonModule]) async -> Bool {
    // A lane that must not skip says so: there, a missing part is a failure.
    if getenv("AGENTHUB_TEST_SANDBOX").map({ String(cString: $0) }) == "required" { return true }
    do {
      let sandbox = try TestSandbox(modules: modules, readyWorkers: 0)
      _ = try await sandbox.run("pass")
      return true
    } catch {
      return false
    }
  }
}

/// A sandbox of a test's own, in a scratch folder, ended with the value.
final class TestSandbox: Sendable {
  let scratch = ScratchFolder()
  let sandbox: PythonSandbox

  init(
    modules: [PythonModule] = [], readyWorkers: Int = 1, simultaneousCalls: Int = 2, waitingCalls: Int = 1000,
    idleTime: Duration = .seconds(600), limits: SandboxLimits = SandboxLimits(), log: Log = .silent
  ) throws {
    let worker = Array((Repository.text(of: "Sandbox/worker.py") ?? "").utf8)
    sandbox = try PythonSandbox(
      configuration: SandboxConfiguration(
        worker: worker, folder: "\(scratch.path)/python", modules: modules, readyWorkers: readyWorkers,
        simultaneousCalls: simultaneousCalls, waitingCalls: waitingCalls, idleTime: idleTime,
        startTime: TimeLimit.patience(.seconds(20)), limits: limits),
      log: log)
  }

  deinit {
    sandbox.stop()
    rmdir("\(scratch.path)/python")
  }

  /// Runs code and gives what came of it, error or not.
  func answer(_ code: String, timeout: Duration = .seconds(60)) async -> Result<PythonOutcome, SandboxError> {
    do throws(SandboxError) {
      return .success(try await run(code, timeout: timeout))
    } catch {
      return .failure(error)
    }
  }

  func run(
    _ code: String, timeout: Duration = .seconds(30), table: TableFile? = nil, rows: [JSON] = []
  ) async throws(SandboxError) -> PythonOutcome {
    try await sandbox.run(PythonCall(code: code, timeout: timeout, table: table, rows: rows))
  }
}
