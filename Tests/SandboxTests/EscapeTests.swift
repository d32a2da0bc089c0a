import Basics
import Glibc
import Sandbox
import TestKit
import Testing

@Suite(.enabled(SandboxHost.needsSandbox) { await SandboxHost.runs([]) })
struct EscapeTests {
  /// One for all attempts: they must not harm each other either.
  private static let sandbox = Result { try TestSandbox() }

  @Test(arguments: Escape.all)
  func `code does not get out, and harms nobody`(escape: Escape) async throws {
    // Only what is to time out is hurried.
    let timeout: Duration = if case .timesOut = escape.ending { .seconds(1) } else { .seconds(60) }
    let answer = try await Self.sandbox.get().answer(
      Escape.tools + Self.calls + escape.code, timeout: timeout)
    switch (escape.ending, answer) {
    case (.prints(let text), .success(let outcome)): #expect(outcome.printed == text + "\n")
    case (.forges(let text), .success(let outcome)): #expect(outcome.value["output"]?.string == text)
    case (.fails(let words), .failure(let error)):
      #expect(error.kind == .failed)
      #expect(error.message.contains(words), "\(error.message)")
    case (.isRefused(let words), .failure(let error)):
      #expect(error.kind == .refused)
      #expect(error.message == words)
    case (.timesOut, .failure(let error)): #expect(error.message == "Python execution timed out after 1s")
    case (.ends, .failure(let error)): #expect(error.kind == .ended)
    default: Issue.record("\(answer)")
    }
  }

  /// The numbers of the calls that must fail, for the attempt to make each of them.
  private static let calls: String = {
    let rows = DangerousCall.all.map { call in
      let numbers = [Architecture.x86_64, .aarch64].map { call.numbers[$0].map { "\($0)" } ?? "None" }
      return "(\"\(call.name)\", \(numbers[0]), \(numbers[1]))"
    }
    return "CALLS = [\(rows.joined(separator: ", "))]\n"
  }()

  @Test func `the hub's environment is not seen inside`() async throws {
    setenv("AGENTHUB_TEST_SECRET", "sk-visible", 1)
    let code = Escape.tools + "print('AGENTHUB_TEST_SECRET' in os.environ, 'PATH' in os.environ)"
    let outcome = try await Self.sandbox.get().run(code)
    #expect(outcome.value["output"]?.string == "False False")
  }

  @Test func `a file that lies beside the data set is not seen`() async throws {
    let scratch = ScratchFolder()
    let (table, secret) = ("\(scratch.path)/table.csv", "\(scratch.path)/hub.db")
    for path in [table, secret] { write("a,b\n1,2\n", to: path) }
    let code =
      Escape.tools
        + """
        print(attempt(builtins.open, "\(secret)"), os.listdir("/data"), builtins.open("/data/table").read().split(),
            attempt(builtins.open, "/data/table", "r+"), attempt(os.chmod, "/data/table", 0o777),
            attempt(os.truncate, "/data/table", 0))
        """
    let outcome = try await Self.sandbox.get().run(code, table: TableFile(path: table, form: .csv))
    #expect(outcome.value["output"]?.string == "ENOENT ['table'] ['a,b', '1,2'] EROFS EPERM EPERM")
    #expect(read(table) == "a,b\n1,2\n")
  }

  @Test func `nothing of a call is left for the next`() async throws {
    let first =
      Escape.tools
      + "import math\nmath.pi = 3\nbuiltins.open('/tmp/left', 'w').write('x')\nprint(os.getpid())"
    let second =
      Escape.tools + "import math\nprint(math.pi > 3.1, attempt(os.stat, '/tmp/left'), os.listdir('/data'))"
    for _ in 0..<3 {
      _ = try await Self.sandbox.get().run(first)
      let outcome = try await Self.sandbox.get().run(second)
      #expect(outcome.value["output"]?.string == "True ENOENT []")
    }
  }

  private func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
