import Glibc
import TestKit
import Testing

@testable import Sandbox

/// Child processes against the real kernel.
struct ChildProcessTests {
  /// Runs a program to its end, gives what it printed and how it ended.
  private static func run(
    _ path: String, _ arguments: [String], environment: [String] = [], input: [UInt8] = [],
    descriptors: [Descriptor] = []
  ) throws -> (output: String, status: Int32?) {
    let child = try ChildProcess(path, arguments, environment: environment, descriptors: descriptors)
    _ = child.input?.write(input[...])
    child.input = nil
    var output: [UInt8] = []
    while let reading = child.output {
      wait(for: reading)
      switch reading.read() {
      case .bytes(let bytes): output += bytes
      case .end: child.output = nil
      case .nothing: continue
      }
    }
    wait(for: child.process)
    return (String(decoding: output, as: UTF8.self), child.reap())
  }

  private static func wait(for descriptor: Descriptor) {
    var readable = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    #expect(poll(&readable, 1, 20_000) == 1, "the child said nothing in 20 s")
  }

  @Test func `a child gets what is written and ends with its code`() throws {
    let ended = try Self.run("/bin/sh", ["-c", "cat; exit 3"], input: Array("hello".utf8))
    #expect(ended.output == "hello")
    #expect(ended.status == 3)
  }

  @Test func `a signal that ends a child is told as such`() throws {
    let ended = try Self.run("/bin/sh", ["-c", "kill -TERM $$"])
    #expect(ended.status == -SIGTERM)
  }

  @Test func `a child's environment is what it is given`() throws {
    let ended = try Self.run("/usr/bin/env", [], environment: ["A=1", "B=two words"])
    #expect(ended.output == "A=1\nB=two words\n")
  }

  @Test func `a child inherits what it is given and no other descriptor`() throws {
    // One that is not closed at exec, as a library might open.
    let leaky = open("/dev/null", O_RDONLY)
    defer { close(leaky) }
    let file = try Descriptor.memoryFile(Array("from memory".utf8))
    let ended = try Self.run("/bin/sh", ["-c", "cat <&3; ls /proc/self/fd | wc -w"], descriptors: [file])
    // 0 to 3, and the one by which ls reads the folder.
    #expect(ended.output == "from memory5\n")
  }

  @Test func `a child begins with default signals, none of them blocked, in a session of its own`() throws {
    let signals = try Self.run("/bin/grep", ["-E", "SigBlk|SigIgn", "/proc/self/status"])
    let masks = signals.output.split(whereSeparator: \.isWhitespace)
    #expect(masks.count == 4)
    #expect(masks[1] == "0000000000000000")
    // The C library keeps signals 32 and 33 for itself.
    #expect(UInt64(masks[3], radix: 16).map { $0 & 0x7FFF_FFFF } == 0)
    let session = try Self.run("/usr/bin/cut", ["-d", " ", "-f", "1,6", "/proc/self/stat"])
    let numbers = session.output.split(whereSeparator: \.isWhitespace)
    #expect(numbers.count == 2)
    #expect(numbers.first == numbers.last)
  }

  @Test func `a program that is not there is an error, not a child`() {
    let error = #expect(throws: SandboxError.self) { try ChildProcess("/usr/bin/no-such-program", []) }
    #expect(error?.kind == .unavailable)
  }

  @Test func `a killed child is reaped once`() throws {
    let child = try ChildProcess("/bin/sleep", ["1000"])
    #expect(child.reap() == nil)
    child.kill()
    Self.wait(for: child.process)
    #expect(child.reap() == -SIGKILL)
  }
}
